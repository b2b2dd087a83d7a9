resource "google_storage_bucket" "sources" {
  # checkov:skip=CKV_GCP_62:access logs of a bucket of source archives tell nothing; audit logs name who wrote
  name                        = "${var.project}-${local.prefix}-sources"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !local.protected

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    # An object named by its content is never written twice: what a release replaced has an age only.
    condition {
      days_since_noncurrent_time = 90
      with_state                 = "ARCHIVED"
    }
  }

  depends_on = [google_project_service.required]
}

# Named by its content: other bytes are another object, and another object is another revision.
resource "google_storage_bucket_object" "function" {
  count = local.released ? 1 : 0

  name   = "${local.validator}/${filesha256(var.release.function_archive)}.zip"
  bucket = google_storage_bucket.sources.name
  source = var.release.function_archive

  # An archive that is replaced stays in the bucket as a version.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_cloudfunctions2_function" "validator" {
  count = local.released ? 1 : 0

  name        = local.validator
  location    = var.location
  description = "Counts the tables after each wave and run, writes a coverage snapshot, decides on alerts."

  build_config {
    runtime           = "python311"
    entry_point       = "validate"
    service_account   = google_service_account.identity["build"].id
    docker_repository = google_artifact_registry_repository.this["functions"].id

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.function[0].name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.identity["validator"].email
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    available_cpu                    = "1"
    available_memory                 = var.validator.memory
    timeout_seconds                  = var.validator.timeout_seconds
    min_instance_count               = 0
    max_instance_count               = var.validator.max_instances
    max_instance_request_concurrency = 4
    environment_variables            = local.environment

    dynamic "secret_environment_variables" {
      for_each = var.validator.webhook_version[*]

      content {
        key        = "PHASE4_ALERT_WEBHOOK_URL"
        project_id = var.project
        secret     = google_secret_manager_secret.webhook.secret_id
        version    = secret_environment_variables.value
      }
    }
  }

  depends_on = [
    google_project_iam_member.grant,
    google_secret_manager_secret_iam_member.grant,
    google_storage_bucket_iam_member.grant,
  ]
}
