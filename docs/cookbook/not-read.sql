-- What of the evidence could not be read?
-- Read: before saying that something is not in the logs.
-- Limits: a file that was never collected is in no list.
SELECT e.path, e.status, e.reason, e.records, e.losses, e.first, e.last,
       (SELECT group_concat(DISTINCT l.kind) FROM losses l WHERE l.evidence_id = e.evidence_id) AS kinds
FROM evidence e
WHERE e.status <> 'read' OR e.losses > 0
ORDER BY e.path;
