-- Who may see what: the functions that the policies and the querysets both ask. Owned by herstel_authz, which may only
-- read who shares what with whom. `chosen` is written by herstel/policies.py from the rules.
--
-- What stands in `private` takes the person as an argument and is called by functions only, nobody else may use that
-- schema: whoever could call it with somebody else's number would see with their eyes.

-- The person this transaction works for. A browser shows the hash of its session's key in `app.session`, and the row
-- that is found by the hash of that says who signed in on it and until when: SQL can name no person, only a session
-- whose key it holds. Workers and commands say for whom they work in `app.actor`; a login that is no member of
-- herstel_acting says it in vain (security.md D4).
create or replace function authz.actor() returns bigint
language sql stable parallel safe security definer set search_path = '' as $$
  select case
    when current_setting('app.session', true) <> '' then (
      select s.user_id from public.herstel_session s
       where s.key = sha256(decode(current_setting('app.session', true), 'hex'))
         and s.ends_at > now() and s.seen_at + s.idle > now())
    when pg_has_role(session_user, 'herstel_acting', 'member') then
      nullif(current_setting('app.actor', true), '')::bigint
  end
$$;

-- Who showed a code or a key on this browser less than a quarter of an hour ago; whoever is signed in needs no such
-- hurry. For what comes between the code and the second factor.
create or replace function authz.proved() returns bigint
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(authz.actor(), (
    select s.proved_id from public.herstel_session s
     where current_setting('app.session', true) <> ''
       and s.key = sha256(decode(current_setting('app.session', true), 'hex'))
       and s.ends_at > now() and s.proved_at > now() - interval '15 minutes'))
$$;

-- The membership through whose eyes a participant looks at the own record ("Bekijk wat X ziet"), or null.
create or replace function authz.preview() returns bigint
language sql stable parallel safe set search_path = '' as $$
  select nullif(current_setting('app.preview', true), '')::bigint
$$;

create or replace function authz.own() returns bigint
language sql stable parallel safe security definer set search_path = '' as $$
  select id from public.participants_participant where user_id = authz.actor() and authz.preview() is null
$$;

-- Memberships that live: not past their end; and a formal one only while its holder works at that organisation. A view,
-- because PostgreSQL writes it out where it is used; read by functions only, with the rights of their owner.
create or replace view private.living as
  select m.id, m.participant_id, m.user_id, m.kind, m.state
    from public.supportgroups_membership m
   where (m.ends_at is null or m.ends_at > now())
     and (m.kind = 'informal' or m.user_id is null or exists (
       select from public.participants_employment e
        where e.user_id = m.user_id and e.organisation_id = m.organisation_id
          and e.function = 'professional' and e.active));

-- Participants who have not closed everything.
create or replace view private.open_records as
  select p.id, p.user_id from public.participants_participant p where p.paused_at is null or p.paused_until <= now();

-- Memberships somebody holds, also those that wait or rest; in a preview: the one looked through, if it is of the own
-- group.
create or replace function private.places(me bigint, eyes bigint) returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(l.id), '{}')
    from (
      select m.id from private.living m
       where eyes is null and m.user_id = me and m.state in ('accepted', 'active', 'paused')
      union all
      select m.id from private.living m
       where m.id = eyes and m.state in ('invited', 'accepted', 'active', 'paused')
         and m.participant_id in (select id from public.participants_participant where user_id = me)
    ) l
$$;

create or replace function authz.places() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select private.places(authz.actor(), authz.preview())
$$;

-- Memberships that open something now: confirmed by the participant, who has not closed everything.
create or replace function private.memberships(me bigint, eyes bigint) returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(m.id), '{}')
    from public.supportgroups_membership m
    join private.open_records p on p.id = m.participant_id
   where m.id = any ((select private.places(me, eyes))::bigint[])
     and (m.state = 'active' or (eyes is not null and m.state <> 'paused'))
$$;

create or replace function authz.memberships() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select private.memberships(authz.actor(), authz.preview())
$$;

-- Participants whose name I know, also while they have closed everything.
create or replace function authz.known() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(m.participant_id), '{}')
    from public.supportgroups_membership m
   where (m.id = any ((select authz.places())::bigint[]) and m.state in ('active', 'paused'))
      or m.id = any ((select authz.memberships())::bigint[])
$$;

-- The participants whose `category` somebody may see at `level`, the own record first. '*' is: anything at all.
-- `every`: only those who share all of it, so that a row meant for everyone is seen.
create or replace function private.visible(me bigint, eyes bigint, category text, level int, every boolean)
returns bigint[] language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(v.participant_id), '{}')
    from (
      select id as participant_id from public.participants_participant where user_id = me and eyes is null
      union all
      select m.participant_id from public.supportgroups_membership m
       where m.id = any ((select private.memberships(me, eyes))::bigint[])
         and exists (
           select from public.supportgroups_share s
            where s.membership_id = m.id and s.participant_id = m.participant_id
              and (visible.category = '*' or s.category = visible.category)
              and s.level >= visible.level
              and (s.until is null or s.until > now())
              and (not every or s.scope = 'all'))
    ) v
$$;

create or replace function authz.visible(category text, level int, every boolean default false) returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select private.visible(authz.actor(), authz.preview(), $1, $2, $3)
$$;

-- Organisations whose people I manage; an administrator of Kring itself manages all.
create or replace function authz.administers() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(o.id), '{}')
    from public.participants_organisation o
   where exists (
     select from public.participants_employment e
       join public.participants_organisation home on home.id = e.organisation_id
      where e.user_id = authz.actor() and e.active and e.function = 'administrator'
        and (e.organisation_id = o.id or home.kind = 'platform'))
$$;

-- Do I keep Kring itself: an administrator of the platform?
create or replace function authz.keeps() returns boolean
language sql stable parallel safe security definer set search_path = '' as $$
  select exists (
    select from public.participants_employment e
      join public.participants_organisation o on o.id = e.organisation_id
     where e.user_id = authz.actor() and e.active and e.function = 'administrator' and o.kind = 'platform')
$$;

-- Roles in studies that hold: until their last day, while whoever has one is a researcher where they got it. A view like
-- private.living: read by functions only.
create or replace view private.study_roles as
  select r.study_id, r.user_id, r.role
    from public.research_studyrole r
    join public.participants_employment e
      on e.id = r.employment_id and e.user_id = r.user_id and e.active and e.function = 'researcher'
   where r.until >= (now() at time zone 'Europe/Amsterdam')::date;

-- Studies I work on; with a role: in which I have that one.
create or replace function authz.studies(role text default null) returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(distinct r.study_id), '{}')
    from private.study_roles r
   where r.user_id = authz.actor() and ($1 is null or r.role = $1)
$$;

-- For the export worker alone: who takes part in the study it works on, with a yes that still counts, while the study is
-- open, and has not closed everything. Whoever else asks is told of nobody.
create or replace function authz.consented() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(c.participant_id), '{}')
    from public.research_consent c
    join public.research_study s on s.id = c.study_id
    join public.participants_participant p on p.id = c.participant_id
   where coalesce(nullif(current_setting('role'), 'none'), session_user) = 'herstel_research'
     and s.id = nullif(current_setting('app.study', true), '')::bigint
     and c.withdrawn_at is null
     and c.text_version >= s.counts_from
     and (now() at time zone 'Europe/Amsterdam')::date between s.open_from and s.open_until
     and (p.paused_at is null or p.paused_until <= now())
$$;
