-- Which desktops were left running, and who took them up again?
-- Read: a desktop that one address left and another took up is worth a look at who sat where.
-- Limits: needs the log of the local session manager.
SELECT t.computer, t.user, t.session_id, c.value ->> 'address' AS address, c.value ->> 'how' AS how,
       c.value ->> 'start' AS start, c.value ->> 'end' AS "end", c.value ->> 'end_kind' AS end_kind
FROM terminal_sessions t, json_each(t.connections) c
WHERE json_array_length(t.connections) > 1
ORDER BY t.computer, t.start, t.session_id, c.key;
