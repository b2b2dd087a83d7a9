locals {
  definitions = {
    for file in fileset("${local.root}/workflows", "*.yaml") :
    trimsuffix(file, ".yaml") => file("${local.root}/workflows/${file}")
  }

  # The tables that runs fill: those that need another of them come later.
  filled = { for name, table in local.declared : name => table if contains(var.filled_tables, name) }
  filled_places = {
    for name, table in local.filled :
    name => try(var.tables[trimsuffix(table.setting, "_table")], "${table.table.dataset}.${name}")
  }
  needing = [for name, table in local.filled : name if length(setintersection(table.inputs, keys(local.declared))) > 0]
  filled_stages = [
    {
      planner = "plan_backfill_stage_1"
      tables  = { for name, place in local.filled_places : name => place if !contains(local.needing, name) }
    },
    {
      planner = "plan_backfill"
      tables  = { for name, place in local.filled_places : name => place if contains(local.needing, name) }
    },
  ]

  # What tables of others need to have before anything is appended to them, and L1 behind them.
  needed_columns = merge(
    { (var.tables.raw) = jsondecode(file("${local.root}/phase4/tables/box_score_columns.json")) },
    {
      for name, table in local.filled :
      local.filled_places[name] => [for column in jsondecode(file(local.schemas[name])) : column.name]
      if table.writes == "add_missing"
    },
  )

  workflow_environment = {
    BIGQUERY_LOCATION    = var.location
    OPS_DATASET          = var.ops_dataset
    TARGET_TABLE         = var.tables.target
    FILLED_TABLES        = jsonencode([for stage in local.filled_stages : stage if length(stage.tables) > 0])
    RAW_TABLE            = var.tables.raw
    NEEDED_COLUMNS       = jsonencode(local.needed_columns)
    EVENTS_TOPIC         = local.topics.events
    JOB                  = local.job
    CODE_VERSION         = local.settings.code_version
    MAXIMUM_BYTES_BILLED = tostring(var.limits.maximum_bytes_billed)
    LEASE_SECONDS        = tostring(var.workflow_tuning.lease_seconds)
    SNAPSHOT_SECONDS     = tostring(var.workflow_tuning.snapshot_seconds)
    POLL_SECONDS         = tostring(var.workflow_tuning.poll_seconds)
    DATES_PER_TASK       = tostring(var.workflow_tuning.dates_per_task)
    PARALLELISM          = tostring(var.job.parallelism)
    SEASONS = jsonencode([
      for season in jsondecode(file("${local.root}/phase4/tables/calendar.json")).seasons : season.season_year
    ])
  }

  # The names each definition asks for; Google sets those that begin with GOOGLE_.
  asked = {
    for name, text in local.definitions : name => [
      for variable in distinct(flatten(regexall("sys\\.get_env\\(\"([A-Z_]+)\"", text))) :
      variable if !startswith(variable, "GOOGLE_")
    ]
  }
}

resource "google_workflows_workflow" "this" {
  for_each = local.released ? local.definitions : {}

  name                = each.key
  region              = var.location
  description         = trimprefix(split("\n", each.value)[0], "# ")
  service_account     = google_service_account.identity["workflow"].id
  source_contents     = each.value
  call_log_level      = "LOG_ERRORS_ONLY"
  deletion_protection = local.protected
  user_env_vars       = { for variable in local.asked[each.key] : variable => local.workflow_environment[variable] }

  depends_on = [google_project_iam_member.grant]
}
