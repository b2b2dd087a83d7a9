# The main facts of a plan: with and without a release, in dev and in prod.
mock_provider "google" {
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
}

variables {
  project             = "any-project"
  environment         = "prod"
  state_bucket        = "any-project-phase4-state"
  notification_emails = ["team@example.com"]

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

run "dev_can_be_torn_down" {
  command = plan

  variables {
    environment = "dev"
  }

  assert {
    condition     = !anytrue([for table in google_bigquery_table.ops : table.deletion_protection])
    error_message = "A table of dev cannot be deleted."
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
