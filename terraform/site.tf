# The pages that tell of everything: written by the validator, read by people, never by the public.
resource "google_storage_bucket" "site" {
  # checkov:skip=CKV_GCP_62:who reads a page of figures is no secret; audit logs name who wrote
  name                        = local.site_bucket
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !local.protected

  # What was shown yesterday, for a while.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
  }

  # The receipt of an older run is in the tables of the operations dataset.
  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age            = 400
      matches_prefix = ["runs/"]
    }
  }

  depends_on = [google_project_service.required]
}

# People, who are no identities of this system.
resource "google_storage_bucket_iam_member" "reader" {
  for_each = var.site.readers

  bucket = google_storage_bucket.site.name
  role   = "roles/storage.objectViewer"
  member = each.value
}
