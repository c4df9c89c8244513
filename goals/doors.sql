-- Asked by the worker: which of these files does no goal and no story name any more, and no draft either?
create or replace function doors.unused_files(names text[]) returns setof text
language sql stable security definer set search_path = '' as $$
  select n from unnest($1) n
   where not exists (select from public.goals_goal g where g.image = n)
     and not exists (select from public.participants_storypart s where n in (s.image, s.sound))
     and not exists (select from public.herstel_draft d where position(n in d.data::text) > 0)
$$;
