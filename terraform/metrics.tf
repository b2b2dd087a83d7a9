# Figures taken from the log lines that the code writes; a test holds the filters against real lines.
locals {
  # The field of a log line that a label is taken from. Charts and policies name labels, nothing else.
  label_fields = {
    channel = "EXTRACT(labels.channel)"
    table   = "EXTRACT(jsonPayload.table)"
    trigger = "EXTRACT(jsonPayload.trigger)"
  }

  validator_log = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${local.validator}\""
  job_log       = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${local.job}\""

  log_metrics = {
    coverage_pct = {
      description = "Coverage of a snapshot in percent of L1 games."
      filter      = "${local.validator_log} AND jsonPayload.event=\"coverage_snapshot\""
      value       = "EXTRACT(jsonPayload.coverage_pct)"
      unit        = "%"
      labels      = ["trigger"]
    }
    wanted_pct = {
      description = "Coverage of a snapshot in percent of L1 games without those that exempt dates lack."
      filter      = "${local.validator_log} AND jsonPayload.event=\"coverage_snapshot\""
      value       = "EXTRACT(jsonPayload.wanted_pct)"
      unit        = "%"
      labels      = ["trigger"]
    }
    table_coverage_pct = {
      description = "Coverage of a filled table in percent of the games that are due in it, all seasons, without those that exempt dates lack."
      filter      = "${local.validator_log} AND jsonPayload.event=\"table_coverage\""
      value       = "EXTRACT(jsonPayload.wanted_pct)"
      unit        = "%"
      labels      = ["table"]
    }
    failed_dates = {
      description = "Dates of a shard that failed, by table."
      filter      = "${local.job_log} AND jsonPayload.event=\"table_finished\" AND jsonPayload.failed>0"
      value       = "EXTRACT(jsonPayload.failed)"
      unit        = "1"
      labels      = ["table"]
    }
    failed_tasks = {
      description = "Tasks that ended without a ledger, or with failed dates."
      filter      = "${local.job_log} AND severity>=ERROR"
      value       = null
      unit        = "1"
      labels      = []
    }
    rejected_events = {
      description = "Messages that can never succeed."
      filter      = "${local.validator_log} AND jsonPayload.event=\"event_rejected\""
      value       = null
      unit        = "1"
      labels      = []
    }
    unwritten_sites = {
      description = "Times that the site could not be written."
      filter      = "${local.validator_log} AND jsonPayload.event=\"site_failed\""
      value       = null
      unit        = "1"
      labels      = []
    }
    undelivered_alerts = {
      description = "Alerts that a channel did not take."
      filter      = "${local.validator_log} AND jsonPayload.event=\"alert_delivery_failed\""
      value       = null
      unit        = "1"
      labels      = ["channel"]
    }
  }
}

resource "google_logging_metric" "this" {
  for_each = local.log_metrics

  name            = "${local.prefix}/${each.key}"
  description     = each.value.description
  filter          = each.value.filter
  value_extractor = each.value.value

  label_extractors = { for label in each.value.labels : label => local.label_fields[label] }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  # Per cent and dates in steps of one, so that percentiles mean something: a policy and a chart take one
  # of failed dates.
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
