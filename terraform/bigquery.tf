locals {
  # Filled tables are declared in their folders, all others in the catalog.
  catalog = jsondecode(file("${local.root}/phase4/tables/catalog.json"))
  declared = {
    for file in fileset("${local.root}/phase4/tables/filled", "*/table.json") :
    dirname(file) => jsondecode(file("${local.root}/phase4/tables/filled/${file}"))
  }

  tables     = merge(local.catalog, { for name, table in local.declared : name => table.table })
  ops_tables = { for name, table in local.tables : name => table if table.layer == "ops" }
  schemas = merge(
    { for name in keys(local.catalog) : name => "${local.root}/phase4/tables/schemas/${name}.json" },
    { for name in keys(local.declared) : name => "${local.root}/phase4/tables/filled/${name}/schema.json" },
  )

  own_tables = { for name, table in local.declared : name => table if try(table.setting, "") == "" }

  # What a run fills unless told otherwise.
  default_table = one([for name, table in local.declared : name if try(table.is_default, false)])

  target = {
    dataset = split(".", var.tables.target)[0]
    table   = split(".", var.tables.target)[1]
    spec    = local.tables[local.default_table]
  }

  datasets = merge(
    { ops = { id = var.ops_dataset, description = "Runs, plans, outcomes, snapshots and alerts of the phase 4 backfill." } },
    var.create_target.dataset ? { target = { id = local.target.dataset, description = "L4: precomputed factors; nothing here expires." } } : {},
  )

  # Tables that grants name.
  table_places = merge(
    {
      for name, table in var.tables : name => { dataset = split(".", table)[0], table = split(".", table)[1] }
      if table != ""
    },
    { for name, table in local.own_tables : name => { dataset = table.table.dataset, table = name } },
    { events = { dataset = var.ops_dataset, table = "events" } },
  )
}

resource "google_bigquery_dataset" "this" {
  # checkov:skip=CKV_GCP_81:Google's keys encrypt the data; customer-managed keys are the organisation's decision
  for_each = local.datasets

  dataset_id                 = each.value.id
  description                = each.value.description
  location                   = var.location
  max_time_travel_hours      = "168"
  delete_contents_on_destroy = false

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.required]
}

resource "google_bigquery_table" "ops" {
  # checkov:skip=CKV_GCP_80:Google's keys encrypt the data; customer-managed keys are the organisation's decision
  # checkov:skip=CKV_GCP_121:on in prod; a dev environment may be torn down
  for_each = local.ops_tables

  dataset_id               = google_bigquery_dataset.this["ops"].dataset_id
  table_id                 = each.key
  description              = each.value.description
  schema                   = file(local.schemas[each.key])
  clustering               = each.value.cluster_fields
  require_partition_filter = try(each.value.require_partition_filter, false)
  deletion_protection      = local.protected

  dynamic "time_partitioning" {
    for_each = try([each.value.partition_field], [])

    content {
      type  = "DAY"
      field = time_partitioning.value
    }
  }

  # History: a change that would make the table anew ends the plan.
  lifecycle {
    prevent_destroy = true
  }
}

# What this system fills beside the target is its own: no setting names it elsewhere.
resource "google_bigquery_table" "filled" {
  # checkov:skip=CKV_GCP_80:Google's keys encrypt the data; customer-managed keys are the organisation's decision
  # checkov:skip=CKV_GCP_121:on in prod; a dev environment may be torn down
  for_each = local.own_tables

  dataset_id               = each.value.table.dataset
  table_id                 = each.key
  description              = each.value.table.description
  schema                   = file(local.schemas[each.key])
  clustering               = each.value.table.cluster_fields
  require_partition_filter = try(each.value.table.require_partition_filter, false)
  deletion_protection      = local.protected

  # No expiration_ms: history that expires would be a gap again.
  time_partitioning {
    type  = "DAY"
    field = each.value.table.partition_field
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_bigquery_dataset.this, data.google_bigquery_tables.expected]
}

resource "google_bigquery_table" "target" {
  # checkov:skip=CKV_GCP_80:Google's keys encrypt the data; customer-managed keys are the organisation's decision
  # checkov:skip=CKV_GCP_121:on in prod; a dev environment may be torn down
  count = var.create_target.table ? 1 : 0

  dataset_id               = local.target.dataset
  table_id                 = local.target.table
  description              = local.target.spec.description
  schema                   = file(local.schemas[local.default_table])
  clustering               = local.target.spec.cluster_fields
  require_partition_filter = try(local.target.spec.require_partition_filter, false)
  deletion_protection      = local.protected

  # No expiration_ms: history that expires would be a gap again.
  time_partitioning {
    type  = "DAY"
    field = local.target.spec.partition_field
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_bigquery_dataset.this]
}
