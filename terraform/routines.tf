# Bodies come rendered from `make package`, with the names of this environment left open. A routine
# may use those of earlier stages only, because BigQuery analyses a body when it is created.
locals {
  routines = local.released ? jsondecode(file("${var.release.routines}/manifest.json")) : {}

  routine_names = {
    project       = var.project
    raw_table     = "${var.project}.${var.tables.raw}"
    player_table  = "${var.project}.${var.tables.player}"
    defense_table = "${var.project}.${var.tables.defense}"
    offense_table = "${var.project}.${var.tables.offense}"
    target_table  = "${var.project}.${var.tables.target}"
    ops_dataset   = "${var.project}.${var.ops_dataset}"
    seasons       = "${var.project}.${var.ops_dataset}.seasons"
    region        = "region-${var.location}"
    # Without a roster nobody's birth date is known: see phase4/cloud/routines.py.
    roster_rows = var.tables.roster == "" ? "(SELECT CAST(NULL AS STRING) AS player_lookup, CAST(NULL AS DATE) AS birth_date)" : "`${var.project}.${var.tables.roster}`"
  }

  views    = { for name, routine in local.routines : name => routine if routine.kind == "VIEW" }
  callable = { for name, routine in local.routines : name => routine if routine.kind != "VIEW" }
}

resource "google_bigquery_table" "view" {
  # checkov:skip=CKV_GCP_80:a view holds no data
  # checkov:skip=CKV_GCP_121:a view holds no data
  for_each = local.views

  dataset_id          = google_bigquery_dataset.this["ops"].dataset_id
  table_id            = each.key
  deletion_protection = false

  view {
    query          = templatefile("${var.release.routines}/${each.key}.sql", local.routine_names)
    use_legacy_sql = false
  }

  depends_on = [
    data.google_bigquery_tables.expected,
    google_bigquery_table.ops,
    google_bigquery_table.source,
    google_bigquery_table.filled,
    google_bigquery_table.target,
  ]
}

resource "google_bigquery_routine" "stage_1" {
  for_each = { for name, routine in local.callable : name => routine if routine.stage == 1 }

  dataset_id      = google_bigquery_dataset.this["ops"].dataset_id
  routine_id      = each.key
  routine_type    = each.value.kind
  language        = "SQL"
  definition_body = templatefile("${var.release.routines}/${each.key}.sql", local.routine_names)

  dynamic "arguments" {
    for_each = each.value.arguments

    content {
      name      = arguments.value[0]
      data_type = jsonencode({ typeKind = arguments.value[1] })
    }
  }

  depends_on = [google_bigquery_table.view]
}

resource "google_bigquery_routine" "stage_2" {
  for_each = { for name, routine in local.callable : name => routine if routine.stage == 2 }

  dataset_id      = google_bigquery_dataset.this["ops"].dataset_id
  routine_id      = each.key
  routine_type    = each.value.kind
  language        = "SQL"
  definition_body = templatefile("${var.release.routines}/${each.key}.sql", local.routine_names)

  dynamic "arguments" {
    for_each = each.value.arguments

    content {
      name      = arguments.value[0]
      data_type = jsonencode({ typeKind = arguments.value[1] })
    }
  }

  depends_on = [google_bigquery_routine.stage_1]
}

resource "google_bigquery_routine" "stage_3" {
  for_each = { for name, routine in local.callable : name => routine if routine.stage == 3 }

  dataset_id      = google_bigquery_dataset.this["ops"].dataset_id
  routine_id      = each.key
  routine_type    = each.value.kind
  language        = "SQL"
  definition_body = templatefile("${var.release.routines}/${each.key}.sql", local.routine_names)

  dynamic "arguments" {
    for_each = each.value.arguments

    content {
      name      = arguments.value[0]
      data_type = jsonencode({ typeKind = arguments.value[1] })
    }
  }

  depends_on = [google_bigquery_routine.stage_2]
}

resource "google_bigquery_routine" "stage_4" {
  for_each = { for name, routine in local.callable : name => routine if routine.stage == 4 }

  dataset_id      = google_bigquery_dataset.this["ops"].dataset_id
  routine_id      = each.key
  routine_type    = each.value.kind
  language        = "SQL"
  definition_body = templatefile("${var.release.routines}/${each.key}.sql", local.routine_names)

  dynamic "arguments" {
    for_each = each.value.arguments

    content {
      name      = arguments.value[0]
      data_type = jsonencode({ typeKind = arguments.value[1] })
    }
  }

  depends_on = [google_bigquery_routine.stage_3]
}
