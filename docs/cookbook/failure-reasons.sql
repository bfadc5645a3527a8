-- Why did logons fail?
-- Read: wrong passwords of names that exist, against names that do not: the second is somebody who guesses names.
-- Limits: 4625 only; what a domain controller says of NTLM and Kerberos is in other events.
SELECT coalesce(status_name(sub_status), status_name(status), sub_status, status) AS reason,
       logon_type_name(logon_type) AS logon_type, count(*) AS failures, count(DISTINCT lower(user)) AS users,
       count(DISTINCT src_ip) AS addresses, min(time) AS first, max(time) AS last
FROM events
WHERE event_id = 4625 AND action = 'logon-failed'
GROUP BY reason, logon_type
ORDER BY failures DESC, reason;
