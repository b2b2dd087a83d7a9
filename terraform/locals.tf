# Locals refer to variables and files only, never to resources: the tests evaluate them offline.
locals {
  root      = "${path.module}/.."
  prefix    = "phase4"
  protected = var.environment == "prod"
  released  = var.release != null

  labels = merge(var.labels, { system = local.prefix, environment = var.environment })

  topics = {
    events       = "phase4-backfill-events"
    alerts       = "phase4-alerts"
    dead-letters = "phase4-backfill-events-dead-letters"
  }

  # Named after the project: the names of buckets are everybody's.
  site_bucket  = "${var.project}-${local.prefix}-site"
  site_address = coalesce(var.site.address, "https://storage.cloud.google.com/${local.site_bucket}")

  job       = "phase4-precompute"
  validator = "phase4-validator"

  # The fields of phase4/cloud/settings.py, which reads them as PHASE4_* variables.
  settings = {
    project              = var.project
    location             = var.location
    raw_table            = var.tables.raw
    player_table         = var.tables.player
    defense_table        = var.tables.defense
    offense_table        = var.tables.offense
    roster_table         = var.tables.roster
    target_table         = var.tables.target
    ops_dataset          = var.ops_dataset
    events_topic         = local.topics.events
    alerts_topic         = local.topics.alerts
    job                  = local.job
    site_bucket          = local.site_bucket
    site_address         = local.site_address
    code_version         = local.released ? var.release.code_version : "unversioned"
    deadline_seconds     = tostring(var.limits.deadline_seconds)
    maximum_bytes_billed = tostring(var.limits.maximum_bytes_billed)
  }

  environment = { for name, value in local.settings : "PHASE4_${upper(name)}" => value }

  # The image carries its own revision, so that an old build shows in the rows it writes.
  job_environment = { for name, value in local.environment : name => value if name != "PHASE4_CODE_VERSION" }
}
