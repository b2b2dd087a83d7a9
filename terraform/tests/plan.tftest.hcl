# The main facts of a plan: with and without a release, in dev and in prod.
mock_provider "google" {
  source = "./tests/mocks"
}
mock_provider "google-beta" {}
mock_provider "time" {}

# Whatever the tests say something of is set here: the tests also run with the variables of an
# environment beside the configuration.
variables {
  project             = "any-project"
  environment         = "prod"
  state_bucket        = "any-project-phase4-state"
  notification_emails = ["team@example.com"]
  initial             = false
  repository          = null
  tables              = {}
  create_sources      = false
  create_target       = {}
  job                 = {}
  validator           = {}
  waits               = {}

  schedules = {
    weekly-health = { workflow = "weekly-health", cron = "0 14 * * 1" }
  }

  release = {
    image            = "us-west2-docker.pkg.dev/any-project/phase4-images/precompute@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    code_version     = "abc1234"
    function_archive = "tests/fixtures/archive.txt"
    routines         = "tests/fixtures/routines"
  }
}

run "without_a_release_only_the_foundation" {
  command = plan

  variables {
    initial = true
    release = null
  }

  assert {
    condition     = length(google_cloud_run_v2_job.precompute) + length(google_cloudfunctions2_function.validator) + length(google_workflows_workflow.this) + length(google_cloud_scheduler_job.this) == 0
    error_message = "Something was planned that needs an image, an archive or routines."
  }

  assert {
    condition     = length(google_bigquery_table.ops) > 0 && length(google_service_account.identity) == 6
    error_message = "The foundation lacks tables or identities."
  }
}

run "prod_is_protected" {
  command = plan

  assert {
    condition     = alltrue([for table in google_bigquery_table.ops : table.deletion_protection])
    error_message = "A table of prod can be deleted."
  }

  assert {
    condition     = google_cloud_run_v2_job.precompute[0].deletion_protection && alltrue([for workflow in google_workflows_workflow.this : workflow.deletion_protection])
    error_message = "Job or workflows of prod can be deleted."
  }
}

run "what_runs_in_dev_can_be_torn_down" {
  command = plan

  variables {
    environment = "dev"
  }

  assert {
    condition     = !google_cloud_run_v2_job.precompute[0].deletion_protection && !anytrue([for workflow in google_workflows_workflow.this : workflow.deletion_protection])
    error_message = "Job or workflows of dev cannot be deleted."
  }
}

run "a_missing_table_is_named_with_what_to_do" {
  command = plan

  variables {
    tables = { player = "nba_analytics.another_summary" }
  }

  expect_failures = [data.google_bigquery_tables.expected["nba_analytics"]]
}

run "a_missing_dataset_is_named_with_what_to_do" {
  command = plan

  variables {
    tables = { raw = "nowhere.bdl_player_boxscores" }
  }

  expect_failures = [data.google_bigquery_tables.expected["nowhere"]]
}

run "a_project_without_a_league_makes_empty_tables" {
  command = plan

  variables {
    environment    = "dev"
    create_sources = true
    create_target  = { dataset = true, table = true }
  }

  assert {
    condition     = length(google_bigquery_table.source) == 4 && length(data.google_bigquery_tables.expected) == 0
    error_message = "Not all of the league's tables are made, or some are still looked for."
  }

  assert {
    condition     = toset(keys(google_bigquery_dataset.source)) == toset(["nba_analytics", "nba_raw"])
    error_message = "The datasets of the league are not those of its tables."
  }
}

run "alerts_wait_until_their_metrics_are_known" {
  command = plan

  assert {
    condition     = time_sleep.metrics.create_duration == "600s"
    error_message = "A new metric may take ten minutes until a policy can name it."
  }
}

run "the_audit_waits_until_the_grant_holds" {
  command = plan

  assert {
    condition     = time_sleep.pubsub_agent.create_duration == "120s"
    error_message = "A grant may take two minutes until Pub/Sub sees it."
  }
}

run "all_tasks_of_a_wave_run_at_once" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_job.precompute[0].template[0].task_count == 1
    error_message = "Cloud Run refuses a run with fewer tasks than the job's parallelism."
  }
}

run "the_release_is_what_runs" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_job.precompute[0].template[0].template[0].containers[0].image == var.release.image
    error_message = "The job runs another image."
  }

  assert {
    condition     = endswith(google_storage_bucket_object.function[0].name, "${filesha256("tests/fixtures/archive.txt")}.zip")
    error_message = "The archive is not named by its content."
  }

  assert {
    condition     = alltrue([for workflow in google_workflows_workflow.this : workflow.user_env_vars["CODE_VERSION"] == "abc1234"])
    error_message = "A workflow says another revision."
  }

  assert {
    condition     = google_cloudfunctions2_function.validator[0].service_config[0].environment_variables["PHASE4_CODE_VERSION"] == "abc1234"
    error_message = "The function says another revision."
  }
}

run "the_function_is_internal" {
  command = plan

  assert {
    condition     = google_cloudfunctions2_function.validator[0].service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "The function can be reached from outside."
  }
}

run "routines_come_in_stages" {
  command = plan

  assert {
    condition     = length(google_bigquery_table.view) == 1 && length(google_bigquery_routine.stage_1) == 1 && length(google_bigquery_routine.stage_2) == 1
    error_message = "The routines of the fixture are not all planned."
  }

  assert {
    condition     = strcontains(google_bigquery_routine.stage_1["first"].definition_body, "any-project.nba_raw.bdl_player_boxscores")
    error_message = "A routine reads another table than the variables name."
  }
}

run "without_a_roster_nothing_is_granted_on_it" {
  command = plan

  assert {
    condition     = length([for grant in google_bigquery_table_iam_member.grant : grant if grant.table_id == "player_birthdates"]) == 0
    error_message = "A grant names the roster, which this environment does not have."
  }
}

run "the_webhook_is_used_when_it_has_a_version" {
  command = plan

  variables {
    validator = { webhook_version = "3" }
  }

  assert {
    condition     = google_cloudfunctions2_function.validator[0].service_config[0].secret_environment_variables[0].version == "3"
    error_message = "The function does not use the given version of the secret."
  }
}

run "silence_of_a_watched_schedule_is_an_alert" {
  command = plan

  variables {
    schedules = { watch = { workflow = "weekly-health", cron = "30 1,13 * * *", watched = true } }
  }

  assert {
    condition     = length(google_monitoring_alert_policy.silent) == 1
    error_message = "No policy watches the schedule."
  }
}

run "a_push_plans_and_a_tag_applies_after_approval" {
  command = plan

  variables {
    repository = { id = "projects/p/locations/us-west2/connections/c/repositories/r" }
  }

  assert {
    condition     = google_cloudbuild_trigger.this["plan"].substitutions["_APPLY"] == "false" && google_cloudbuild_trigger.this["apply"].substitutions["_APPLY"] == "true"
    error_message = "The triggers do not plan and apply."
  }

  assert {
    condition     = google_cloudbuild_trigger.this["apply"].approval_config[0].approval_required
    error_message = "A tag reaches prod without an approval."
  }
}
