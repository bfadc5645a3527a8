-- Was a service installed right after somebody came over the network?
-- Read: the last logon on the host before it. Remote execution tools install a service within seconds; look at its program.
-- Limits: 7045 needs the System log, 4697 the audit of security system extensions. Software roll-outs do the same.
-- param: minutes=10 how long after the logon
WITH marks AS MATERIALIZED (
    SELECT computer AS host, start AS time, start || session_uid AS logon, NULL AS service, NULL AS program
    FROM sessions
    WHERE outcome = 'success' AND NOT background AND kind IN ('network', 'interactive-remote') AND start IS NOT NULL
    UNION ALL
    SELECT host_key(host), time, NULL, coalesce(object, field(fields, 'ServiceName'), ''),
           coalesce(command_line, field(fields, 'ServiceFileName'), image)
    FROM events
    WHERE event_id IN (7045, 4697) AND action = 'service-installed' AND time IS NOT NULL
), installed AS MATERIALIZED (
    -- Times are texts of one length: the largest text is the last logon.
    SELECT *, max(logon) OVER (PARTITION BY host ORDER BY time, logon IS NULL ROWS UNBOUNDED PRECEDING) AS last
    FROM marks
)
SELECT i.time, i.host, i.service, i.program, s.user, s.ip, s.kind, s.start, s.session_uid
FROM installed i
JOIN sessions s ON s.session_uid = substr(i.last, length(i.time) + 1)
WHERE i.service IS NOT NULL AND julianday(i.time) - julianday(s.start) <= :minutes / 1440.0
ORDER BY i.time, i.host, i.service;
