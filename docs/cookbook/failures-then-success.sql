-- Who was in after failing from the same source?
-- Read: dozens of failures before a success is a guessed password until somebody proves otherwise.
-- Limits: `prior_failures` counts failures right before, from the same source; a guesser who changes address starts anew.
-- param: least=1 failures before
SELECT start, computer, user, ip, scope, prior_failures, kind, grade, session_uid
FROM sessions
WHERE outcome = 'success' AND prior_failures >= :least AND NOT background
ORDER BY prior_failures DESC, start;
