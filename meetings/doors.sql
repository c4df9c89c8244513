-- Answering to a meeting with a link and without an account; keeping or handing back a promise.

-- What the holder of the pass may know: who asks, when and where. Dies with the membership, and when all is closed.
create or replace function doors.asked(
  token bytea, out meeting bigint, out membership bigint, out participant bigint, out participant_called text, out person_called text,
  out at timestamptz, out place text, out state text, out coming text)
language sql stable security definer set search_path = '' as $$
  select me.id, m.id, p.id, p.called, pe.called, me.at, me.place, me.state, a.coming
    from public.supportgroups_pass pa
    join public.supportgroups_membership m on m.id = pa.membership_id
    join private.living l on l.id = m.id
    join public.supportgroups_person pe on pe.id = m.person_id
    join private.open_records o on o.id = pa.participant_id
    join public.participants_participant p on p.id = o.id
    join public.meetings_meeting me on me.id = pa.row and me.participant_id = pa.participant_id
    join public.meetings_answer a on a.meeting_id = me.id and a.membership_id = m.id
   where pa.token = $1 and pa.purpose = 'answer' and pa.expires_at > now()
     and m.state = 'active'
     and me.state in ('proposed', 'fixed', 'cancelled')
     and exists (
       select from public.supportgroups_share s
        where s.membership_id = m.id and s.category = 'agenda' and (s.until is null or s.until > now())
          and me.reach <> 'me'
          and ((me.reach = 'everyone' and s.scope = 'all') or exists (
            select from public.supportgroups_audience au
             where au.membership_id = m.id and au.table_name = 'meetings_meeting' and au.row = me.id)))
$$;

create or replace function doors.asked_days(token bytea) returns table (id bigint, at timestamptz, chosen boolean)
language sql stable security definer set search_path = '' as $$
  select o.id, o.at, exists (select from public.meetings_datevote v where v.option_id = o.id and v.membership_id = q.membership)
    from doors.asked($1) q join public.meetings_dateoption o on o.meeting_id = q.meeting
   order by o.at
$$;

create or replace function doors.answer(token bytea, coming text, days bigint[]) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare q record;
begin
  select * into q from doors.asked($1) where asked.state in ('proposed', 'fixed');
  if not found then return false; end if;
  update public.meetings_answer a set coming = $2, answered_at = now()
   where a.meeting_id = q.meeting and a.membership_id = q.membership;
  delete from public.meetings_datevote v where v.meeting_id = q.meeting and v.membership_id = q.membership;
  insert into public.meetings_datevote (participant_id, meeting_id, option_id, membership_id)
  select q.participant, q.meeting, o.id, q.membership
    from public.meetings_dateoption o where o.meeting_id = q.meeting and o.id = any ($3);
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  values (now(), authz.actor(), q.membership, q.person_called, '', 'link', q.participant, 'change', 'agenda',
          jsonb_build_array(jsonb_build_array('answer', q.meeting)), 1, 'link');
  return true;
end $$;

-- The one who promised says it is done, or hands it back without having to say why.
create or replace function doors.close_promise(promise bigint, state text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare of_participant bigint;
begin
  update public.meetings_promise p set state = $2, closed_at = case when $2 = 'open' then null else now() end
   where p.id = $1 and $2 in ('open', 'done', 'handed_back')
     and p.membership_id = any ((select authz.memberships())::bigint[])
     and p.participant_id = any ((select authz.visible('*', 1))::bigint[])
  returning p.participant_id into of_participant;
  if of_participant is null then return false; end if;
  perform audit.log('change', of_participant, 'support', jsonb_build_array(jsonb_build_array('promise', $1)));
  return true;
end $$;

-- The link was fetched. By whom nobody knows: a chat program shows what is behind a link before anybody taps it. So the
-- line names no one, and what is fetched again within the hour is one line.
create or replace function doors.note_asked(token bytea) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  select now(), null, null, '', '', 'link', q.participant, 'open', 'agenda',
         jsonb_build_array(jsonb_build_array('meeting', q.meeting)), 1, 'link'
    from doors.asked($1) q
   where q.meeting is not null and q.participant is distinct from authz.own()
     and not exists (select from public.herstel_auditline l
                      where l.participant_id = q.participant and l.event = 'open' and l.at > now() - interval '1 hour'
                        and l.objects = jsonb_build_array(jsonb_build_array('meeting', q.meeting)))
$$;

-- Asked by the worker when a mail goes: does it still concern this member (null: the participant)? Whoever stopped, rests,
-- no longer works there or sees nothing of this any more gets no mail; and nobody is reminded of what does not happen.
create or replace function doors.still(membership bigint, category text, meeting bigint) returns boolean
language sql stable security definer set search_path = '' as $$
  select ($1 is null or exists (
           select from private.living m
             join private.open_records o on o.id = m.participant_id
             join public.supportgroups_share s on s.membership_id = m.id
            where m.id = $1 and m.state = 'active'
              and s.category = $2 and (s.until is null or s.until > now())))
     and ($3 is null or exists (select from public.meetings_meeting me where me.id = $3 and me.state = 'fixed'))
$$;

-- Whose calendar address is this? Nobody's any more, when its person is in no group and has no record of their own.
create or replace function private.whose_feed(token bytea) returns bigint
language sql stable security definer set search_path = '' as $$
  select f.user_id from public.meetings_feed f join public.herstel_user u on u.id = f.user_id
   where f.token = $1 and u.is_active
     and (exists (select from public.participants_participant p where p.user_id = f.user_id)
       or exists (select from private.living m where m.user_id = f.user_id and m.state = 'active'))
$$;

-- What a calendar program gets with the address of one person: days and times that the person may see now, by the same
-- functions as the pages. Each group's log says so. The first row, without a day, says only that the address works.
create or replace function doors.feed(token bytea) returns table (slug text, at timestamptz, state text, sequence int)
language plpgsql volatile security definer set search_path = '' as $$
declare
  me bigint := private.whose_feed(token);
  found_ids bigint[];
begin
  if me is null then return; end if;
  select array_agg(f.id) into found_ids from (
    select t.id from public.meetings_meeting t
     where t.state in ('fixed', 'held', 'cancelled') and t.at >= now() - interval '31 days'
       and (t.participant_id in (select p.id from public.participants_participant p where p.user_id = me)
         or t.id = any (private.chosen(me, null, 'meetings_meeting')))
     order by t.at limit 500) f;
  perform private.note_feed(me, found_ids);
  return query select null::text, null::timestamptz, null::text, null::int;
  return query select t.slug::text, t.at, t.state::text, t.sequence::int
                 from public.meetings_meeting t where t.id = any (found_ids) order by t.at;
end $$;

-- A calendar program fetches by itself, every few hours: one line a day in the log of each whose days it got, and one
-- more for days that it had not got yet.
create or replace function private.note_feed(me bigint, meetings bigint[]) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  select now(), note_feed.me, m.id, pe.called, coalesce(o.name, ''), 'feed', m.participant_id, 'read', 'agenda',
         g.objects, jsonb_array_length(g.objects), 'feed'
    from public.supportgroups_membership m
    join public.supportgroups_person pe on pe.id = m.person_id
    left join public.participants_organisation o on o.id = m.organisation_id
    cross join lateral (
      select jsonb_agg(jsonb_build_array('meeting', t.id) order by t.id) as objects
        from public.meetings_meeting t
       where t.id = any (meetings) and t.participant_id = m.participant_id
         and not exists (
           select from public.herstel_auditline l
            where l.participant_id = m.participant_id and l.membership = m.id and l.basis = 'feed'
              and l.at > now() - interval '20 hours'
              and l.objects @> jsonb_build_array(jsonb_build_array('meeting', t.id)))) g
   where m.user_id = note_feed.me and m.state = 'active' and g.objects is not null
$$;
