-- Was a service installed right after somebody came over the network?
-- Read: remote execution tools log on over the network and install a service within seconds; look at its program.
-- Limits: 7045 needs the System log, 4697 the audit of security system extensions. Software roll-outs do the same.
-- param: minutes=10 how long after the logon
WITH installed AS MATERIALIZED (
    SELECT time, host_key(host) AS host, coalesce(object, field(fields, 'ServiceName')) AS service,
           coalesce(command_line, field(fields, 'ServiceFileName'), image) AS program
    FROM events
    WHERE event_id IN (7045, 4697) AND action = 'service-installed'
), came AS MATERIALIZED (
    SELECT computer, start, user, ip, kind, session_uid
    FROM sessions
    WHERE outcome = 'success' AND NOT background AND kind IN ('network', 'interactive-remote')
)
SELECT i.time, i.host, i.service, i.program, c.user, c.ip, c.kind, c.start, c.session_uid
FROM installed i
JOIN came c ON c.computer = i.host AND c.start <= i.time
    AND julianday(i.time) - julianday(c.start) <= :minutes / 1440.0
ORDER BY i.time, c.start;
