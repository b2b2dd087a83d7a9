locals {
  charts = {
    "Coverage of snapshots, %" = {
      filter  = "${local.user_metric}/coverage_pct\" AND ${local.on_function}"
      aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = []
    }
    "Coverage of every table, %" = {
      filter  = "${local.user_metric}/table_coverage_pct\" AND ${local.on_function}"
      aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = ["metric.label.table"]
    }
    "Failed dates of every table" = {
      filter  = "${local.user_metric}/failed_dates\" AND ${local.on_job}"
      aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = ["metric.label.table"]
    }
    "Workflow executions by end" = {
      filter  = "metric.type=\"workflows.googleapis.com/finished_execution_count\" AND resource.type=\"workflows.googleapis.com/Workflow\""
      aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = []
    }
    "Tasks of the job by end" = {
      filter  = "metric.type=\"run.googleapis.com/job/completed_task_attempt_count\" AND ${local.on_job}"
      aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = []
    }
    "Age of the oldest waiting event, s" = {
      filter  = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\""
      aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", by = []
    }
    "Validator requests by answer" = {
      filter  = "metric.type=\"run.googleapis.com/request_count\" AND ${local.on_function}"
      aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = []
    }
  }
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = "phase4 backfill"
    gridLayout = {
      columns = "2"
      widgets = [
        for title, chart in local.charts : {
          title = title
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = chart.filter
                  aggregation = {
                    alignmentPeriod    = "300s"
                    perSeriesAligner   = chart.aligner
                    crossSeriesReducer = chart.reducer
                    groupByFields      = chart.by
                  }
                }
              }
            }]
          }
        }
      ]
    }
  })

  depends_on = [google_logging_metric.this]
}
