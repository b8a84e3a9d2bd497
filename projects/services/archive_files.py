"""What this app adds to the archive of an organisation: every document as Markdown, every exported file as it is."""

from collections.abc import Iterator

from django.utils.text import slugify

from projects.models import Document, Export


def archive_files() -> Iterator[tuple[str, bytes]]:
    """Path and content of each file, in the present organisation. Paths hold ids, so that no two are the same."""
    for document in Document.objects.order_by("project_id", "id").iterator(chunk_size=50):
        stem = slugify(document.title)[:60] or document.kind
        text = f"# {document.title}\n\n{document.body}\n"
        yield f"documents/{document.project_id}/{document.kind}-{stem}-{document.pk}.md", text.encode()
    for export in Export.objects.order_by("id").iterator(chunk_size=1):
        yield f"exports/{export.project_id}/{export.pk}.{export.format}", bytes(export.content)
