# Coverage of the tables that runs fill beside the one that models read.
locals {
  # Which figure of thresholds.json judges the tables of a layer.
  coverage_metric = { analytics = "l3_coverage_pct", precompute = "l4_coverage_pct" }

  # A line per table that runs fill; the one that models read is judged by its runs.
  table_alerts = {
    for name, table in local.filled : "coverage-of-${name}" => {
      title      = "Coverage of ${name} below its minimum"
      severity   = "WARNING"
      filter     = "${local.user_metric}/table_coverage_pct\" AND ${local.on_function} AND metric.labels.table=\"${name}\""
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_MEAN"
      comparison = "COMPARISON_LT"
      threshold  = local.thresholds.metrics[local.coverage_metric[table.table.layer]].minimum
      period     = "3600s"
      fix        = "`phase4 run --tables ${name} --start-date … --end-date …` fills what its inputs allow; the page says which dates these are, and what upstream owes."
    } if name != local.default_table
  }
}
