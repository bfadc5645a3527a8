-- Who used another account's password, for where?
-- Read: from which account (`by`) to which (`as_user`), and to which server: the steps of somebody who moves on. `SRV$` is the host itself.
-- Limits: services and scheduled tasks do so, too; the accounts of machines are left out.
SELECT time, host_key(host) AS host, subject_user AS by, user AS as_user, field(fields, 'TargetServerName') AS server,
       src_ip, image
FROM events
WHERE event_id = 4648 AND action = 'explicit-credentials' AND lower(subject_user) IS NOT lower(user)
  AND user NOT LIKE '%$'
ORDER BY time, event_uid;
