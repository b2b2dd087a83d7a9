# Figures taken from the log lines that the code writes; a test holds the filters against real lines.
locals {
  validator_log = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${local.validator}\""
  job_log       = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${local.job}\""

  log_metrics = {
    coverage_pct = {
      description = "Coverage of a snapshot in percent of L1 games."
      filter      = "${local.validator_log} AND jsonPayload.event=\"coverage_snapshot\""
      value       = "EXTRACT(jsonPayload.coverage_pct)"
      unit        = "%"
      labels      = { trigger = "EXTRACT(jsonPayload.trigger)" }
    }
    failed_dates = {
      description = "Dates of a shard that failed."
      filter      = "${local.job_log} AND jsonPayload.event=\"shard_finished\" AND jsonPayload.failed>0"
      value       = "EXTRACT(jsonPayload.failed)"
      unit        = "1"
      labels      = {}
    }
    failed_tasks = {
      description = "Tasks that ended without a ledger, or with failed dates."
      filter      = "${local.job_log} AND severity>=ERROR"
      value       = null
      unit        = "1"
      labels      = {}
    }
    rejected_events = {
      description = "Messages that can never succeed."
      filter      = "${local.validator_log} AND jsonPayload.event=\"event_rejected\""
      value       = null
      unit        = "1"
      labels      = {}
    }
    undelivered_alerts = {
      description = "Alerts that a channel did not take."
      filter      = "${local.validator_log} AND jsonPayload.event=\"alert_delivery_failed\""
      value       = null
      unit        = "1"
      labels      = { channel = "EXTRACT(labels.channel)" }
    }
  }
}

resource "google_logging_metric" "this" {
  for_each = local.log_metrics

  name            = "${local.prefix}/${each.key}"
  description     = each.value.description
  filter          = each.value.filter
  value_extractor = each.value.value

  label_extractors = each.value.labels

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  # Percent in steps of one, so that percentiles of a chart mean something.
  dynamic "bucket_options" {
    for_each = each.value.value[*]

    content {
      linear_buckets {
        num_finite_buckets = 100
        width              = 1
        offset             = 0
      }
    }
  }

  depends_on = [google_project_service.required]
}
