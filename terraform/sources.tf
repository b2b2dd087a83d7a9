# The league's tables: others fill them. Grants and routines name them, so each has to be there.
locals {
  league_tables = merge(
    {
      raw    = "bdl_player_boxscores"
      roster = "player_birthdates"
    },
    {
      for name, table in local.declared : trimsuffix(table.setting, "_table") => name
      if table.writes == "add_missing"
    },
  )

  sources = {
    for name, key in local.league_tables : name => merge(local.tables[key], {
      dataset = split(".", var.tables[name])[0]
      table   = split(".", var.tables[name])[1]
      schema  = local.schemas[key]
    })
    if var.tables[name] != ""
  }

  # What this configuration does not make, by dataset.
  expected = {
    for place in concat(
      [for source in values(local.sources) : source if !var.create_sources],
      [for target in [local.target] : target if !var.create_target.table],
    ) : place.dataset => place.table...
  }
}

# Both wait for nothing, so that a plan says what is missing before anything is made: a project that
# holds the league has BigQuery turned on.
data "google_bigquery_datasets" "existing" {
  count = length(local.expected) > 0 ? 1 : 0
}

data "google_bigquery_tables" "expected" {
  for_each = local.expected

  dataset_id = each.key

  lifecycle {
    precondition {
      condition     = contains(data.google_bigquery_datasets.existing[0].datasets[*].dataset_id, each.key)
      error_message = "tables: ${var.project} has no dataset ${each.key} with ${join(", ", each.value)}. Load the league first, name other tables in `tables`, or let this configuration make empty ones: create_sources = true, create_target for L4."
    }

    postcondition {
      condition     = length(setsubtract(each.value, self.tables[*].table_id)) == 0
      error_message = "tables: dataset ${each.key} of ${var.project} has no ${join(", ", setsubtract(each.value, self.tables[*].table_id))}. Load the league first, name other tables in `tables`, or let this configuration make empty ones: create_sources = true, create_target for L4."
    }
  }
}

resource "google_bigquery_dataset" "source" {
  # checkov:skip=CKV_GCP_81:Google's keys encrypt the data; customer-managed keys are the organisation's decision
  for_each = toset([for source in values(local.sources) : source.dataset if var.create_sources])

  dataset_id                 = each.key
  description                = "The league's tables, empty until somebody loads them."
  location                   = var.location
  delete_contents_on_destroy = false

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.required]
}

resource "google_bigquery_table" "source" {
  # checkov:skip=CKV_GCP_80:Google's keys encrypt the data; customer-managed keys are the organisation's decision
  # checkov:skip=CKV_GCP_121:on in prod; a dev environment may be torn down
  for_each = { for name, source in local.sources : name => source if var.create_sources }

  dataset_id               = google_bigquery_dataset.source[each.value.dataset].dataset_id
  table_id                 = each.value.table
  description              = each.value.description
  schema                   = file(each.value.schema)
  clustering               = try(each.value.cluster_fields, null)
  require_partition_filter = try(each.value.require_partition_filter, false)
  deletion_protection      = local.protected

  dynamic "time_partitioning" {
    for_each = try([each.value.partition_field], [])

    content {
      type  = "DAY"
      field = time_partitioning.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}
