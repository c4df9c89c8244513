"""Question pages: one question a page, with check-answers, autosave and "Bewaar en stop".

A flow is a list of pages. What is typed goes into the person's `Draft` after every page, so that it survives a lost
network, a sign-out and another device; only the check page's button does something.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from herstel.forms import KringForm
from herstel.models import Draft
from herstel.needs import me
from herstel.once import already, once
from herstel.refusal import Refused

CHECK = "controleer"
LONGEST = 20_000  # characters of one answer that a draft keeps
type Answers = dict[str, dict[str, Any]]


class FlowForm(KringForm):
    """A page's form; it knows the flow it stands in."""

    def __init__(self, *args: Any, flow: "Flow", **kwargs: Any) -> None:
        self.flow = flow
        super().__init__(*args, **kwargs)
        self.fill()

    def fill(self) -> None:
        """Set choices and labels that depend on the participant or on earlier answers."""


@dataclass(frozen=True)
class Page:
    """One question: its address, its form and its words. `{…}` in the words are filled from `Flow.words()`."""

    slug: str
    form: type[FlowForm]
    h1: Any
    lead: Any = ""
    next: Any = field(default=_("Verder"))
    skip: Any = ""
    enough: Any = ""  # label of the button that goes to the check page at once
    template: str = "flows/page.html"


class Flow:
    """A journey over several pages that ends in one action."""

    name: ClassVar[str]
    title: ClassVar[Any]
    pages: ClassVar[list[Page]]
    url_name: ClassVar[str]
    home_url: ClassVar[str]
    part: ClassVar[Any] = ""
    check_title: ClassVar[Any] = _("Klopt dit?")
    check_lead: ClassVar[Any] = ""
    check_button: ClassVar[Any] = _("Bewaar")
    check_template: ClassVar[str] = "flows/check.html"

    def __init__(self, request: HttpRequest, participant: Any, subject: str = "") -> None:
        self.request = request
        self.participant = participant
        self.subject = subject
        self.draft, _made = Draft.objects.own().get_or_create(
            user=me(request), flow=self.name, subject=subject, defaults={"data": self.begin()}
        )

    # --- what a flow says about itself --------------------------------------------------------------------------------
    def begin(self) -> dict[str, Any]:
        """What the draft holds before the first answer: {page: {field: [values]}}."""
        return {}

    def words(self) -> dict[str, str]:
        """What {…} in headings stands for."""
        return {}

    def shown_pages(self) -> list[Page]:
        return self.pages

    def summary(self, answers: Answers) -> list[dict[str, Any]]:
        """Rows for the check page: label, value, page (slug), what."""
        raise NotImplementedError

    def finish(self, answers: Answers) -> str:
        """Do it; the address to go to. May raise Refused."""
        raise NotImplementedError

    def more(self, page: Page | None) -> dict[str, Any]:
        """More for the template."""
        return {}

    def keep(self, page: Page, form: FlowForm) -> None:
        """Something besides the typed values must be kept (an upload)."""

    def leave_the_rest(self) -> None:
        """Fill in for the pages that were not asked what a person means who says "this is enough"."""

    # --- addresses ----------------------------------------------------------------------------------------------------
    def url(self, page: str = "") -> str:
        kwargs = {"slug": self.subject} if self.subject else {}
        return reverse(self.url_name, kwargs={**kwargs, "page": page} if page else kwargs)

    def home(self) -> str:
        return reverse(self.home_url)

    def find(self, slug: str) -> Page | None:
        return next((p for p in self.shown_pages() if p.slug == slug), None)

    # --- answering ----------------------------------------------------------------------------------------------------
    def respond(self, slug: str) -> HttpResponse:
        if slug == "":
            return redirect(self.url(self.draft.page or self.shown_pages()[0].slug))
        if slug == CHECK:
            return self._check()
        page = self.find(slug)
        if page is None:
            return redirect(self.url())
        return self._answer(page) if self.request.method == "POST" else self._ask(page, self.form(page))

    def form(self, page: Page, data: Any = None) -> FlowForm:
        """The page's form: with what was just sent, or filled with what was kept."""
        if data is not None:
            return page.form(data, self.request.FILES, flow=self)
        form = page.form(flow=self)
        kept = self.kept(page.slug)
        for name, form_field in form.fields.items():
            if kept is not None:
                form.initial[name] = form_field.widget.value_from_datadict(kept, MultiValueDict(), name)
        return form

    def kept(self, slug: str) -> QueryDict | None:
        """What was typed on a page, as it was sent."""
        values = self.draft.data.get(slug)
        if values is None:
            return None
        query = QueryDict(mutable=True)
        for name, several in values.items():
            query.setlist(name, several)
        return query

    def _ask(self, page: Page, form: FlowForm, status: int = 200) -> HttpResponse:
        shown = self.shown_pages()
        # A page beside the row of questions is reached from the check page, and leads back there.
        at = shown.index(page) if page in shown else len(shown)
        words = self.words()
        context = {
            "flow": self,
            "page": page,
            "form": form,
            "h1": str(page.h1).format(**words),
            "lead": str(page.lead).format(**words),
            "number": at + 1,
            "total": len(shown),
            "back_url": self._back(shown, at),
            "to_check": "controleer" in self.request.GET,
            **self.more(page),
        }
        return render(self.request, page.template, context, status=status)

    def _back(self, shown: list[Page], at: int) -> str:
        if at == len(shown):
            return self.url(CHECK)
        return self.url(shown[at - 1].slug) if at else self.home()

    def _answer(self, page: Page) -> HttpResponse:
        form = self.form(page, self.request.POST)
        if "skip" in self.request.POST:
            self._store(page, QueryDict())
            return redirect(self._after(page))
        self._store(page, self.request.POST, form)
        if self.request.headers.get("X-Autosave"):
            return HttpResponse(status=204)
        if "stop" in self.request.POST:
            messages.success(self.request, _("Bewaard. Je kunt later verder waar je was."))
            return redirect(self.home())
        if not form.is_valid():
            return self._ask(page, form)
        self.keep(page, form)
        if page.enough and "enough" in self.request.POST:
            self.leave_the_rest()
            return redirect(self.url(CHECK))
        return redirect(self._after(page))

    def _store(self, page: Page, sent: QueryDict, form: FlowForm | None = None) -> None:
        names = set(form.fields) if form is not None else set()
        values = {key: [v.replace("\0", "")[:LONGEST] for v in sent.getlist(key)] for key in sent if key in names}
        self.draft.data = {**self.draft.data, page.slug: values}
        self.draft.page = page.slug
        self.draft.save(update_fields=["data", "page", "updated_at"])

    def _after(self, page: Page) -> str:
        shown = self.shown_pages()
        if "controleer" in self.request.GET or "check" in self.request.POST:
            return self.url(CHECK)
        following = shown[shown.index(page) + 1 :]
        return self.url(following[0].slug if following else CHECK)

    # --- the check page -----------------------------------------------------------------------------------------------
    def answers(self) -> tuple[Answers, Page | None]:
        """All cleaned answers, and the first page that still lacks one."""
        answers: Answers = {}
        for page in self.shown_pages():
            form = page.form(self.kept(page.slug) or QueryDict(), flow=self)
            if not form.is_valid() and not (page.skip and self.kept(page.slug) == QueryDict()):
                return answers, page
            answers[page.slug] = form.cleaned_data
        return answers, None

    def _check(self) -> HttpResponse:
        if self.request.method == "POST" and (before := already(self.request)):
            return before  # sent twice; the first one finished and took the draft along
        answers, lacking = self.answers()
        if lacking is not None:
            return redirect(self.url(lacking.slug))
        refusal = ""
        if self.request.method == "POST":
            if "stop" in self.request.POST:
                messages.success(self.request, _("Bewaard. Je kunt later verder waar je was."))
                return redirect(self.home())
            try:
                return once(self.request, lambda: self._finish(answers))
            except Refused as error:
                refusal = error.sentence
        rows = [{**row, "url": f"{self.url(row.pop('page'))}?controleer=1"} for row in self.summary(answers)]
        words = self.words()
        context = {
            "flow": self,
            "rows": rows,
            "refusal": refusal,
            "h1": str(self.check_title).format(**words),
            "lead": str(self.check_lead).format(**words),
            "back_url": self.url(self.shown_pages()[-1].slug),
            **self.more(None),
        }
        return render(self.request, self.check_template, context)

    def _finish(self, answers: Answers) -> str:
        url = self.finish(answers)
        self.draft.delete()
        return url


def choices_of(
    pairs: Any, label: Callable[[Any], Any], key: Callable[[Any], Any] = lambda row: row.slug
) -> list[tuple[str, Any]]:
    """Choices made of rows that the view found through the rule."""
    return [(key(row), label(row)) for row in pairs]
