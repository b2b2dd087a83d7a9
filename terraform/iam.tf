# One additive binding per line of the matrix in grants.tf.
locals {
  member = merge(
    { for name, identity in google_service_account.identity : name => identity.member },
    { pubsub-agent = google_project_service_identity.pubsub.member },
  )
}

resource "google_project_iam_member" "grant" {
  for_each = local.granted.project

  project = var.project
  role    = each.value.role
  member  = local.member[each.value.identity]

  depends_on = [google_project_iam_custom_role.this]
}

resource "google_bigquery_dataset_iam_member" "grant" {
  for_each = local.granted.dataset

  dataset_id = google_bigquery_dataset.this[each.value.name].dataset_id
  role       = each.value.role
  member     = local.member[each.value.identity]
}

resource "google_bigquery_table_iam_member" "grant" {
  for_each = local.granted.table

  dataset_id = local.table_places[each.value.name].dataset
  table_id   = local.table_places[each.value.name].table
  role       = each.value.role
  member     = local.member[each.value.identity]

  depends_on = [
    data.google_bigquery_tables.expected,
    google_bigquery_table.ops,
    google_bigquery_table.source,
    google_bigquery_table.filled,
    google_bigquery_table.target,
  ]
}

resource "google_pubsub_topic_iam_member" "grant" {
  for_each = local.granted.topic

  topic  = google_pubsub_topic.this[each.value.name].name
  role   = each.value.role
  member = local.member[each.value.identity]
}

resource "google_pubsub_subscription_iam_member" "grant" {
  for_each = lookup(local.granted, "subscription", {})

  subscription = one(google_pubsub_subscription.validator[*].name)
  role         = each.value.role
  member       = local.member[each.value.identity]
}

resource "google_cloud_run_v2_job_iam_member" "grant" {
  for_each = lookup(local.granted, "job", {})

  name     = one(google_cloud_run_v2_job.precompute[*].name)
  location = var.location
  role     = each.value.role
  member   = local.member[each.value.identity]
}

resource "google_cloud_run_v2_service_iam_member" "grant" {
  for_each = lookup(local.granted, "service", {})

  name     = one(google_cloudfunctions2_function.validator[*].name)
  location = var.location
  role     = each.value.role
  member   = local.member[each.value.identity]
}

resource "google_secret_manager_secret_iam_member" "grant" {
  for_each = local.granted.secret

  secret_id = google_secret_manager_secret.webhook.id
  role      = each.value.role
  member    = local.member[each.value.identity]
}

resource "google_storage_bucket_iam_member" "grant" {
  for_each = local.granted.bucket

  bucket = {
    state   = var.state_bucket
    sources = google_storage_bucket.sources.name
    site    = google_storage_bucket.site.name
  }[each.value.name]
  role   = each.value.role
  member = local.member[each.value.identity]
}

resource "google_artifact_registry_repository_iam_member" "grant" {
  for_each = local.granted.repository

  location   = var.location
  repository = google_artifact_registry_repository.this[each.value.name].name
  role       = each.value.role
  member     = local.member[each.value.identity]
}

resource "google_service_account_iam_member" "grant" {
  for_each = local.granted.account

  service_account_id = google_service_account.identity[each.value.name].name
  role               = each.value.role
  member             = local.member[each.value.identity]
}
