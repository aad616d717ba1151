"""What python-docx has no words for: fields, rows that are not torn, rules, page numbers that begin anew."""

from __future__ import annotations

from typing import Any


def mm(value: float) -> Any:
    from docx.shared import Mm

    return Mm(value)


def field(run: Any, kind: str, text: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    if kind:
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
    else:
        mark = OxmlElement("w:instrText")
        mark.set(qn("xml:space"), "preserve")
        mark.text = text
    run._r.append(mark)


def _row_property(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def repeat(row: Any) -> None:
    """This row heads every page of its table."""
    whole(row)
    _row_property(row, "w:tblHeader")


def whole(row: Any) -> None:
    """A row is not torn by the end of a page."""
    _row_property(row, "w:cantSplit")


def no_inner_margins(table: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for name in ("w:left", "w:right"):
        side = OxmlElement(name)
        side.set(qn("w:w"), "0")
        side.set(qn("w:type"), "dxa")
        margins.append(side)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    properties.insert(list(properties).index(look), margins) if look is not None else properties.append(
        margins
    )


def count_anew(section: Any) -> None:
    """An appendix has page numbers of its own."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    begin = OxmlElement("w:pgNumType")
    begin.set(qn("w:start"), "1")
    properties = section._sectPr
    for old in properties.findall(qn("w:pgNumType")):
        properties.remove(old)
    margins = properties.find(qn("w:pgMar"))
    properties.insert(list(properties).index(margins) + 1, begin)


def line_above(paragraph: Any) -> None:
    """A solid rule: the paragraph's upper border."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("w:val", "single"), ("w:sz", "6"), ("w:space", "0"), ("w:color", "000000")):
        top.set(qn(name), value)
    borders.append(top)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
