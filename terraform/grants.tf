# Who may do what on which resource: identity -> resource -> roles. This is the matrix of
# docs/operations.md; beside it only the people of site.tf get anything. Resources are kind/name, or project.
locals {
  grants = {
    workflow = {
      "project"        = ["roles/bigquery.jobUser", "roles/logging.logWriter", "custom/phase4Orchestrator"]
      "dataset/ops"    = ["roles/bigquery.dataEditor"]
      "table/raw"      = ["roles/bigquery.dataViewer"]
      "table/player"   = ["roles/bigquery.dataViewer"]
      "table/defense"  = ["roles/bigquery.dataViewer"]
      "table/offense"  = ["roles/bigquery.dataViewer"]
      "table/roster"   = ["roles/bigquery.dataViewer"]
      "table/target"   = ["roles/bigquery.dataViewer"]
      "topic/events"   = ["roles/pubsub.publisher"]
      "job/precompute" = ["roles/run.jobsExecutorWithOverrides"]
    }

    job = {
      "project" = [
        "roles/bigquery.jobUser",
        "roles/bigquery.readSessionUser",
        "roles/logging.logWriter",
        "custom/phase4Watcher",
      ]
      "dataset/ops"   = ["roles/bigquery.dataEditor"]
      "table/raw"     = ["roles/bigquery.dataViewer"]
      "table/player"  = ["roles/bigquery.dataViewer"]
      "table/defense" = ["roles/bigquery.dataViewer"]
      "table/offense" = ["roles/bigquery.dataViewer"]
      "table/roster"  = ["roles/bigquery.dataViewer"]
      "table/target"  = ["roles/bigquery.dataEditor"]
      "topic/events"  = ["roles/pubsub.publisher"]
    }

    validator = {
      "project"        = ["roles/bigquery.jobUser", "roles/logging.logWriter"]
      "dataset/ops"    = ["roles/bigquery.dataEditor"]
      "table/raw"      = ["roles/bigquery.dataViewer"]
      "table/player"   = ["roles/bigquery.dataViewer"]
      "table/defense"  = ["roles/bigquery.dataViewer"]
      "table/offense"  = ["roles/bigquery.dataViewer"]
      "table/roster"   = ["roles/bigquery.dataViewer"]
      "table/target"   = ["roles/bigquery.dataViewer"]
      "topic/alerts"   = ["roles/pubsub.publisher"]
      "secret/webhook" = ["roles/secretmanager.secretAccessor"]
      "bucket/site"    = ["roles/storage.objectUser"]
    }

    push = {
      "service/validator" = ["roles/run.invoker"]
    }

    scheduler = {
      "project" = ["roles/workflows.invoker"]
    }

    # Google's own agent of Pub/Sub: forwards dead letters, writes the audit table, signs pushes.
    pubsub-agent = {
      "topic/dead-letters"     = ["roles/pubsub.publisher"]
      "subscription/validator" = ["roles/pubsub.subscriber"]
      "table/events"           = ["roles/bigquery.dataEditor"]
      "account/push"           = ["roles/iam.serviceAccountTokenCreator"]
    }

    # Applies releases. It reads every policy and changes only those of what a release makes: job,
    # function and subscription. All other grants, identities and roles stay with people.
    build = {
      "project" = [
        "roles/artifactregistry.reader",
        "roles/bigquery.jobUser",
        "roles/bigquery.metadataViewer",
        "roles/cloudbuild.builds.viewer",
        "roles/cloudfunctions.developer",
        "roles/cloudscheduler.admin",
        "roles/iam.roleViewer",
        "roles/iam.securityReviewer",
        "roles/logging.configWriter",
        "roles/logging.logWriter",
        "roles/monitoring.editor",
        "roles/pubsub.editor",
        "roles/run.developer",
        "roles/secretmanager.viewer",
        "roles/serviceusage.serviceUsageViewer",
        "roles/storage.objectViewer",
        "roles/workflows.editor",
        "custom/phase4Releaser",
      ]
      "dataset/ops"          = ["roles/bigquery.dataOwner"]
      "table/raw"            = ["roles/bigquery.dataViewer"]
      "table/player"         = ["roles/bigquery.dataViewer"]
      "table/defense"        = ["roles/bigquery.dataViewer"]
      "table/offense"        = ["roles/bigquery.dataViewer"]
      "table/roster"         = ["roles/bigquery.dataViewer"]
      "table/target"         = ["roles/bigquery.dataViewer"]
      "bucket/sources"       = ["roles/storage.admin"]
      "bucket/site"          = ["roles/storage.legacyBucketReader"]
      "bucket/state"         = ["roles/storage.objectAdmin"]
      "repository/images"    = ["roles/artifactregistry.writer"]
      "repository/cache"     = ["roles/artifactregistry.writer"]
      "repository/functions" = ["roles/artifactregistry.writer"]
      "account/workflow"     = ["roles/iam.serviceAccountUser"]
      "account/job"          = ["roles/iam.serviceAccountUser"]
      "account/validator"    = ["roles/iam.serviceAccountUser"]
      "account/push"         = ["roles/iam.serviceAccountUser"]
      "account/scheduler"    = ["roles/iam.serviceAccountUser"]
      "account/build"        = ["roles/iam.serviceAccountUser"]
    }
  }

  # What grants may name and this environment does not have.
  absent = concat(
    var.tables.roster == "" ? ["table/roster"] : [],
    local.released ? [] : ["job/precompute", "service/validator", "subscription/validator"],
  )

  # Into tables of others the job writes only where filled_tables names them.
  filling_grants = [
    for table in values(local.filled) : {
      identity = "job"
      kind     = "table"
      name     = trimsuffix(table.setting, "_table")
      role     = "roles/bigquery.dataEditor"
    } if table.writes == "add_missing"
  ]

  # Tables of its own: plans and checks read them whether or not runs fill them.
  own_grants = flatten([
    for name in keys(local.own_tables) : [
      for identity, role in {
        workflow  = "roles/bigquery.dataViewer"
        job       = "roles/bigquery.dataEditor"
        validator = "roles/bigquery.dataViewer"
        build     = "roles/bigquery.dataViewer"
      } : { identity = identity, kind = "table", name = name, role = role }
    ]
  ])

  each_grant = concat(local.filling_grants, local.own_grants, flatten([
    for identity, resources in local.grants : [
      for resource, roles in resources : [
        for role in roles : {
          identity = identity
          kind     = split("/", resource)[0]
          name     = try(split("/", resource)[1], "")
          role     = startswith(role, "custom/") ? "projects/${var.project}/roles/${trimprefix(role, "custom/")}" : role
        }
      ] if !contains(local.absent, resource)
    ]
  ]))

  granted = {
    for kind in distinct([for grant in local.each_grant : grant.kind]) : kind => {
      for grant in local.each_grant : join(" ", compact([grant.identity, grant.name, basename(grant.role)])) => grant
      if grant.kind == kind
    }
  }
}
