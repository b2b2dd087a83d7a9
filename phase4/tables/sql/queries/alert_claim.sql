-- Who wrote a version of a scope's alerts.
SELECT DISTINCT claim
FROM `${ops_dataset}.alerts`
WHERE scope = @scope AND version = @version AND transition != 'DELIVERED'
