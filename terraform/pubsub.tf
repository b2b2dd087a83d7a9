locals {
  # The retries of one BigQuery operation end before the function does, the function before Pub/Sub
  # sends the message again, and a run waits for its snapshot longer than that.
  ack_seconds = 540
}

resource "google_pubsub_schema" "event" {
  name       = "phase4-event"
  type       = "PROTOCOL_BUFFER"
  definition = file("${path.module}/event.proto")

  # Events in the audit table and in subscriptions were held against it.
  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.required]
}

resource "google_pubsub_topic" "this" {
  # checkov:skip=CKV_GCP_83:Google's keys encrypt the messages; customer-managed keys are the organisation's decision
  for_each = local.topics

  name                       = each.value
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.location]
  }

  # Dead letters and alerts are other bodies than events.
  dynamic "schema_settings" {
    for_each = each.key == "events" ? [google_pubsub_schema.event.id] : []

    content {
      schema   = schema_settings.value
      encoding = "JSON"
    }
  }

  # A topic that is made anew loses its subscriptions' backlog.
  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.required]
}

resource "google_pubsub_subscription" "validator" {
  count = local.released ? 1 : 0

  name                       = "${local.topics.events}-validator"
  topic                      = google_pubsub_topic.this["events"].id
  ack_deadline_seconds       = local.ack_seconds
  message_retention_duration = "604800s"

  # The path names the topic, which makes it the source of the CloudEvent.
  push_config {
    push_endpoint = "${google_cloudfunctions2_function.validator[0].service_config[0].uri}/${google_pubsub_topic.this["events"].id}"

    oidc_token {
      service_account_email = google_service_account.identity["push"].email
      audience              = google_cloudfunctions2_function.validator[0].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "300s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.this["dead-letters"].id
    max_delivery_attempts = 5
  }

  expiration_policy {
    ttl = ""
  }
}

# Every event as it was published, written to BigQuery without code.
resource "google_pubsub_subscription" "audit" {
  name                       = "${local.topics.events}-audit"
  topic                      = google_pubsub_topic.this["events"].id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  bigquery_config {
    table          = "${var.project}.${var.ops_dataset}.${google_bigquery_table.ops["events"].table_id}"
    write_metadata = true
  }

  expiration_policy {
    ttl = ""
  }

  depends_on = [time_sleep.pubsub_agent]
}

# People read these: what was given up, and what was told.
resource "google_pubsub_subscription" "reader" {
  for_each = toset(["alerts", "dead-letters"])

  name                       = local.topics[each.key]
  topic                      = google_pubsub_topic.this[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }
}
