output "environment" {
  description = "PHASE4_* variables of this environment, for `phase4 run` and `phase4 status`."
  value       = local.environment
}

output "site" {
  description = "Where the page of everything is read, by those whom site.readers names."
  value       = "${local.site_address}/index.html"
}

output "job" {
  description = "Id of the Cloud Run job, projects/…/jobs/NAME."
  value       = one(google_cloud_run_v2_job.precompute[*].id)
}

output "workflows" {
  description = "Ids of the workflows by name."
  value       = { for name, workflow in google_workflows_workflow.this : name => workflow.id }
}

output "validator_uri" {
  description = "Address of the validator's service; reachable from inside only."
  value       = one(google_cloudfunctions2_function.validator[*].service_config[0].uri)
}

output "image_repository" {
  description = "Where the pipeline pushes the image of the job."
  value       = "${var.location}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this["images"].repository_id}"
}

output "service_accounts" {
  description = "Addresses of the identities by name."
  value       = { for name, identity in google_service_account.identity : name => identity.email }
}
