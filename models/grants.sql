-- What the role of the server may do (PostgreSQL): everything but to change or remove what is recorded. It runs after the
-- migrations, each time, so that tables that came later are covered as well. Whoever owns the tables runs it; he makes the
-- role when he may, and otherwise finds it made.
DO $$
DECLARE
    r record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('shouwang_app')); -- several servers may start at once
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'shouwang_app') THEN
        BEGIN
            CREATE ROLE shouwang_app NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL; -- made for another database just now
            WHEN insufficient_privilege THEN RETURN;
        END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO shouwang_app', current_schema());
    FOR r IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO shouwang_app', r.relname);
    END LOOP;
    -- What a trigger refuses in every row, the role may not even try: whoever takes the trigger away has not got further.
    FOR r IN
        SELECT c.oid, c.relname, bool_or(t.tgtype & 8 > 0) AS removes, bool_or(t.tgtype & 16 > 0) AS changes,
            bool_or(t.tgtype & 16 > 0 AND t.tgattr::text = '') AS all_columns
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE c.relnamespace = current_schema()::regnamespace AND p.proname IN ('refuse_change', 'keep_access_log') AND t.tgqual IS NULL
        GROUP BY c.oid, c.relname
    LOOP
        IF r.removes THEN
            EXECUTE format('REVOKE DELETE ON %I FROM shouwang_app', r.relname);
        END IF;
        IF r.changes THEN
            EXECUTE format('REVOKE UPDATE ON %I FROM shouwang_app', r.relname);
        END IF;
        IF r.changes AND NOT r.all_columns THEN
            EXECUTE (
                SELECT format('GRANT UPDATE (%s) ON %I TO shouwang_app', string_agg(quote_ident(a.attname), ', '), r.relname)
                FROM pg_attribute a
                WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT EXISTS (
                    SELECT 1 FROM pg_trigger t WHERE t.tgrelid = r.oid AND t.tgtype & 16 > 0 AND t.tgqual IS NULL AND a.attnum = ANY (t.tgattr)));
        END IF;
    END LOOP;
    -- Nothing at all of an act: what is sealed anew or erased by law, is so by commands of the owner.
    REVOKE UPDATE ON case_events, issued_papers, form_record_acts FROM shouwang_app;
    REVOKE INSERT, UPDATE, DELETE ON goose_db_version FROM shouwang_app;
END
$$;
