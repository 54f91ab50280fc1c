"""Declares messages and segments as data: structure of directories D.96A and D.01B.

In: nothing. Out: `MESSAGES`, `ELEMENTS`. Refuses to know: what messages mean to a hospital, and
code lists. Notation of messages: see `edi.definition`; the n-th bracket is segment group n.
Elements are `2.1!an..35`: element, component, mandatory, representation; those the house reads.
"""

from __future__ import annotations

from typing import Final

D96A: Final = "D.96A"
D01B: Final = "D.01B"

_RANGED: Final = "(QTY! RNG) (PCD! RNG) (MOA! RNG)/2 (RTE! RNG) (TAX! MOA)/5"
_CARRIED: Final = "(TDT! (LOC! DTM/5)/10)/10"
_EQUIPMENT: Final = "(EQD! HAN/5 MEA/5 FTX/5)/10"


def _schedule(most: int) -> str:
    return f"(SCC! FTX/5 RFF/5 (QTY! DTM/5)/10)/{most}"


def _order_96a(adjustment: str, references: int, lines: int, marks: int) -> str:
    """Return ORDERS, ORDCHG or ORDRSP: they differ in AJT and in some counts."""
    packed = f"(PCI! RFF DTM/5 GIN/{marks})/5"
    return (
        "BGM! DTM!/35 PAI ALI/5 IMD FTX/99 (RFF! DTM/5)/10"
        f" {adjustment} (NAD! LOC/25 FII/5 (RFF! DTM/5)/10 (DOC! DTM/5)/5 (CTA! COM/5)/5)/99"
        " (TAX! MOA LOC/5)/5 (CUX! PCD/5 DTM/5)/5 (PAT! DTM/5 PCD MOA)/10"
        f" {_CARRIED} (TOD! LOC/2)/5 (PAC! MEA/5 {packed})/10 {_EQUIPMENT} {_schedule(10)}"
        f" (APR! DTM/5 RNG)/25 (ALC! ALI/5 DTM/5 {_RANGED})/15 (RCS! RFF/5 DTM/5 FTX/5)/100"
        " (LIN! PIA/25 IMD/99 MEA/5 QTY/10 PCD/5 ALI/5 DTM/35 MOA/10 GIN/1000 GIR/1000 QVR DOC/5"
        f" PAI FTX/99 (CCI! CAV/10 MEA/10)/999 (PAT! DTM/5 PCD MOA)/10 {adjustment}"
        f" (PRI! CUX APR RNG DTM/5)/25 (RFF! DTM/5)/{references}"
        f" (PAC! MEA/5 QTY/5 DTM/5 (RFF! DTM/5) {packed})/10 (LOC! QTY DTM/5)/9999"
        f" (TAX! MOA LOC/5)/10 (NAD! LOC/5 (RFF! DTM/5)/5 (DOC! DTM/5)/5 (CTA! COM/5)/5)/{lines}"
        f" (ALC! ALI/5 DTM/5 {_RANGED})/99 {_CARRIED} (TOD! LOC/2)/5 {_EQUIPMENT} {_schedule(100)}"
        " (RCS! RFF/5 DTM/5 FTX/5)/100 (STG! (QTY! MOA)/3)/10)/200000"
        " UNS! MOA/12 CNT/10 (ALC! ALI MOA!/2)/10"
    )


_ADJUSTMENT: Final = "(AJT! FTX/5)"
_LINE_01B: Final = (
    "PIA/25 IMD/99 MEA/99 QTY/99 PCD/5 ALI/5 DTM/35 MOA/10 GIS/99 GIN/1000 GIR/1000 QVR DOC/99 PAI"
    " MTD/99 FTX/99 (CCI! CAV/10 MEA/10)/999"
)
_PARTY_01B: Final = "FII/5 (RFF! DTM/5)/99 (DOC! DTM/5)/5 (CTA! COM/5)/5"
_RULES_01B: Final = "(RCS! RFF/5 DTM/5 FTX/99999)/999"
_TAIL_01B: Final = (
    f"(ALC! ALI/5 DTM/5 {_RANGED})/99 {_CARRIED} (TOD! LOC/2)/5 {_EQUIPMENT} {_schedule(100)}"
    f" {_RULES_01B} (STG! (QTY! MOA)/3)/10"
)
_DANGEROUS: Final = "(DGS! FTX/5 (CTA! COM/5)/99)/999"

_ORDERS_01B: Final = (
    "BGM! DTM!/35 PAI ALI/5 IMD/999 FTX/99 GIR/10 (RFF! DTM/5)/9999"
    f" (NAD! LOC/99 {_PARTY_01B})/99 (TAX! MOA LOC/9)/5 (CUX! PCD/5 DTM/5)/5"
    f" (PAT! DTM/5 PCD (MOA! GIR/9 RJL/99)/9999)/10 {_CARRIED} (TOD! LOC/2)/5"
    f" (PAC! MEA/5 (PCI! RFF DTM/5 GIN/10)/5)/99 {_EQUIPMENT} {_schedule(10)} (APR! DTM/5 RNG)/25"
    f" (ALC! ALI/5 DTM/5 {_RANGED})/99 {_RULES_01B} {_DANGEROUS}"
    f" (LIN! {_LINE_01B} (PAT! DTM/5 PCD (MOA! GIR/9)/9999)/10 (PRI! CUX APR/99 RNG DTM/5)/25"
    " (RFF! DTM/5 GIS/99 MOA/99)/9999"
    " (PAC! MEA/5 QTY/5 DTM/5 (RFF! DTM/5) (PCI! RFF DTM/5 GIN/10)/5)/99 (LOC! QTY PCD DTM/5)/9999"
    f" (TAX! MOA LOC/5)/10 (NAD! LOC/5 {_PARTY_01B})/999 {_TAIL_01B} {_DANGEROUS})/200000"
    " UNS! MOA/99 CNT/10 (ALC! ALI MOA!/2)/10"
)
_ORDRSP_01B: Final = (
    "BGM! DTM!/35 PAI ALI/5 IMD/999 FTX/99 GIR/10 (RFF! DTM/5)/9999"
    f" {_ADJUSTMENT} (NAD! LOC/25 {_PARTY_01B})/99 (TAX! MOA LOC/5)/5 (CUX! PCD/5 DTM/5)/5"
    f" (PAT! DTM/5 PCD MOA)/10 {_CARRIED} (TOD! LOC/2)/5"
    f" (PAC! MEA/5 (PCI! RFF DTM/5 GIN/99)/99)/99 {_EQUIPMENT} {_schedule(10)} (APR! DTM/5 RNG)/25"
    f" (ALC! ALI/5 DTM/5 {_RANGED})/99 {_RULES_01B}"
    f" (LIN! {_LINE_01B} (PAT! DTM/5 PCD MOA)/10 {_ADJUSTMENT} (PRI! CUX APR RNG DTM/5)/25"
    " (RFF! DTM/5)/9999 (PAC! MEA/5 QTY/5 DTM/5 (RFF! DTM/5) (PCI! RFF DTM/5 GIN/99)/99)/99"
    f" (LOC! QTY PCD DTM/5)/9999 (TAX! MOA LOC/5)/10 (NAD! LOC/5 {_PARTY_01B})/999"
    f" {_TAIL_01B})/200000 UNS! MOA/12 CNT/10 (ALC! ALI MOA!/2)/10"
)

_DESADV_96A: Final = (
    "BGM! DTM/10 ALI/5 MEA/5 MOA/5 (RFF! DTM)/10 (NAD! LOC/10 (RFF! DTM)/10 (CTA! COM/5)/10)/10"
    " (TOD! LOC/5 FTX/5)/10 (TDT! PCD/6 (LOC! DTM/10)/10)/10"
    " (EQD! MEA/5 SEL/25 EQA/5 (HAN! FTX/10)/10)/10"
    " (CPS! FTX/5 (PAC! MEA/10 QTY/10 (HAN! FTX/10)/10"
    " (PCI! RFF DTM/5 GIR/99 (GIN! DLM/10)/99)/1000)/9999"
    " (LIN! PIA/10 IMD/25 MEA/10 QTY/10 ALI/10 GIN/100 GIR/100 DLM/100 DTM/5 FTX/5 MOA/5"
    " (RFF! DTM)/10 (DGS! QTY FTX/5)/10 (LOC! NAD DTM QTY/10)/100 (SGP! QTY/10)/1000"
    " (PCI! DTM/5 MEA/10 QTY (GIN! DLM/100)/10 (HAN! FTX/5 GIN/1000)/10)/9999"
    " (QVR! DTM/5)/10)/9999)/9999 CNT/5"
)
_DESADV_01B: Final = (
    "BGM! DTM/10 ALI/5 MEA/5 MOA/5 CUX/9 (RFF! DTM)/10"
    " (NAD! LOC/10 (RFF! DTM)/10 (CTA! COM/5)/10)/99 (TOD! LOC/5 FTX/5)/10"
    " (TDT! PCD/6 TMD (LOC! DTM/10)/10)/10 (EQD! MEA/5 SEL/25 EQA/5 (HAN! FTX/10)/10)/10"
    " (CPS! FTX/5 QVR/9 (PAC! MEA/10 QTY/10 (HAN! FTX/10)/10"
    " (PCI! RFF DTM/5 (GIR! DTM/5)/99 (GIN! DLM/10)/99 (COD! MEA/9 QTY/9 PCD/9)/99)/1000)/9999"
    " (LIN! PIA/10 IMD/25 MEA/10 QTY/10 ALI/10 GIN/100 GIR/100 DLM/100 DTM/5 NAD/99 TDT TMD HAN/20"
    " FTX/99 MOA/5 (RFF! NAD CTA DTM)/99 (DGS! QTY FTX/5)/9999 (LOC! NAD DTM QTY/10)/100"
    " (SGP! QTY/10)/1000"
    " (PCI! DTM/5 MEA/10 QTY (GIN! DLM/100)/10 (HAN! FTX/5 GIN/1000)/10)/9999"
    " (QVR! DTM/5)/10)/9999)/9999 CNT/5"
)

_STATED: Final = "(CDI! INP/5)/10"


def _received(heading: str, reference: str, parties: int, line: str, conditions: int) -> str:
    """Return RECADV: D.01B adds to the heading, references and lines of D.96A."""
    return (
        f"BGM! DTM!/10 ALI/5 {heading} (RFF! {reference})/10 (DOC! {_STATED})/10"
        f" (NAD! LOC/10 (RFF! DTM)/10 (CTA! COM/5)/10)!/{parties}"
        f" (TOD! {_STATED} (LOC! CDI/10)/10)/10 (TDT! DTM/10 CDI/{conditions})/10"
        f" (EQD! {_STATED} (SEL! CDI!/10)/25 (EQA! {_STATED})/10)/9999"
        f" (CPS! (PAC! QVR (PCI! RFF {_STATED} (GIN! {_STATED})/999)/999)/9999"
        f" (LIN! PIA/10 IMD/25 QTY/10 QVR/10 DTM/5 {line} {_STATED} (DOC! {_STATED})/10"
        f" (GIN! {_STATED})/99 (RFF! {reference})/10"
        f" (PCI! QTY QVR {_STATED} (GIN! {_STATED})/10)/9999)/9999)/9999 CNT"
    )


_INVOIC_96A: Final = (
    "BGM! DTM!/35 PAI ALI/5 IMD FTX/10 (RFF! DTM/5)/99"
    " (NAD! LOC/25 FII/5 (RFF! DTM/5)/9999 (DOC! DTM/5)/5 (CTA! COM/5)/5)/99 (TAX! MOA LOC/5)/5"
    " (CUX! DTM/5)/5 (PAT! DTM/5 PCD MOA PAI FII)/10"
    " (TDT! (LOC! DTM/5)/10 (RFF! DTM/5)/9999)/10 (TOD! LOC/2)/5"
    " (PAC! MEA/5 (PCI! RFF DTM/5 GIN/5)/5)/1000"
    f" (ALC! ALI/5 (RFF! DTM/5)/5 {_RANGED})/9999 (RCS! RFF/5 DTM/5 FTX/5)/100 (AJT! FTX/5)"
    " (INP! FTX/5)"
    " (LIN! PIA/25 IMD/10 MEA/5 QTY/5 PCD ALI/5 DTM/35 GIN/1000 GIR/1000 QVR EQD FTX/5 (MOA! CUX)/5"
    " (PAT! DTM/5 PCD MOA)/10 (PRI! APR RNG DTM/5)/25 (RFF! DTM/5)/10"
    " (PAC! MEA/10 (PCI! RFF DTM/5 GIN/10)/10)/10 (LOC! QTY/100 DTM/5)/9999 (TAX! MOA LOC/5)/99"
    " (NAD! LOC/5 (RFF! DTM/5)/5 (DOC! DTM/5)/5 (CTA! COM/5)/5)/20"
    f" (ALC! ALI/5 DTM/5 {_RANGED})/15 {_CARRIED} (TOD! LOC/2)/5"
    " (RCS! RFF/5 DTM/5 FTX/5)/100)/9999999"
    " UNS! CNT/10 (MOA! (RFF! DTM/5))!/100 (TAX! MOA/2)/10 (ALC! ALI MOA/2)/15"
)
_PRICED_01B: Final = "(QTY! RNG) (PCD! RNG) (MOA! RNG CUX DTM)/2 (RTE! RNG)"
_INVOIC_01B: Final = (
    "BGM! DTM!/35 PAI ALI/5 IMD FTX/99 LOC/10 GIS/10 DGS GIR/10"
    " (RFF! DTM/5 GIR/5 LOC/2 MEA/5 QTY/2 FTX/5 MOA/2 RTE/99)/99999"
    " (NAD! LOC/25 FII/5 MOA/99 (RFF! DTM/5)/9999 (DOC! DTM/5)/5 (CTA! COM/5)/5)/99"
    " (TAX! MOA LOC/5)/5 (CUX! DTM/5)/99 (PAT! DTM/5 PCD MOA PAI FII)/10"
    " (TDT! TSR (LOC! DTM/5)/10 (RFF! DTM/5)/9999)/10 (TOD! LOC/2)/5 (EQD! SEL/9)/99"
    " (PAC! MEA/5 EQD (PCI! RFF DTM/5 GIN/5)/5)/1000"
    f" (ALC! ALI/5 FTX (RFF! DTM/5)/5 {_PRICED_01B} (TAX! MOA)/5)/9999"
    " (RCS! RFF/5 DTM/5 FTX/5)/100 (AJT! FTX/5) (INP! FTX/5)"
    " (LIN! PIA/25 PGI/99 IMD/99 MEA/5 QTY/5 PCD ALI/5 DTM/35 GIN/1000 GIR/1000 QVR EQD FTX/99 DGS"
    " (MOA! CUX)/99 (PAT! DTM/5 PCD/99 MOA)/10 (PRI! CUX APR RNG DTM/5)/25 (RFF! DTM/5)/10"
    " (PAC! MEA/10 EQD (PCI! RFF DTM/5 GIN/10)/10)/10 (LOC! QTY/100 DTM/5)/9999"
    " (TAX! MOA/2 LOC/5)/99 (NAD! LOC/5 FII/5 (RFF! DTM/5)/5 (DOC! DTM/5)/5 (CTA! COM/5)/5)/99"
    f" (ALC! ALI/5 DTM/5 FTX {_PRICED_01B} (TAX! MOA/2)/5)/30 {_CARRIED} (TOD! LOC/2)/5"
    " (RCS! RFF/5 DTM/5 FTX/5)/100"
    " (GIS! RFF DTM/5 GIR/5 LOC/2 MEA/5 QTY/2 FTX/5 MOA/2)/10)/9999999"
    " UNS! CNT/10 (MOA! (RFF! DTM/5))!/100 (TAX! MOA/9)/10 (ALC! ALI MOA/2 FTX)/15"
)

_PRICAT_96A: Final = (
    "BGM! DTM!/35 ALI/5 FTX/99 (RFF! DTM/5)/99"
    " (NAD! LOC/25 (RFF! DTM/5)/10 (CTA! COM/5)/5)/99 (TAX! MOA)/5 (CUX! DTM/5)/5"
    " (PAT! DTM/5 PCD MOA)/10 (TDT! LOC/10)/10 (TOD! LOC/2)/5"
    f" (ALC! ALI/5 DTM/9 {_RANGED})/10"
    " (PGI! DTM/15 QTY/10 ALI/5 FTX/5 (CUX! DTM/5)/10 (PRI! CUX APR RNG DTM/5)/100 (TAX! MOA)/10"
    f" (ALC! ALI/5 {_RANGED})/99 (NAD! LOC/5 (RFF! DTM/5)/10 (CTA! COM/5)/5)/20"
    " (PAT! DTM/5 PCD MOA)/10 (TDT! LOC/10)/10 (TOD! LOC/2)/5 (PAC! MEA/10 HAN/5)/10"
    " (LIN! PIA/10 IMD/999 MEA/10 QTY/10 HAN/5 ALI/5 DTM/10 NAD/99 RFF LOC DOC FTX/5"
    " (CCI! CAV/10 MEA/10)/999 (TAX! MOA)/10 (CUX! DTM/5)/5 (PRI! CUX APR RNG DTM/5 PCD/5)/100"
    f" (ALC! ALI/5 DTM/9 {_RANGED})/99 (PAC! MEA/10 HAN/5)/10 (PAT! DTM/5 PCD MOA)/10"
    " (TDT! LOC/10)/10 (TOD! LOC/2)/5)/999999)/1000"
)
_RANGED_TEN: Final = "(QTY! RNG)/10 (PCD! RNG)/{} (MOA! RNG)/10 (RTE! RNG)/10 (TAX! MOA DTM)/5"
_FILED: Final = "(EFI! CED/99 COM/9 RFF/9 DTM/9 QTY/9)/99"
_PRICAT_01B: Final = (
    "BGM! DTM!/35 ALI/5 FTX/99 (RFF! DTM/5)/99"
    " (NAD! LOC/25 (RFF! DTM/5)/10 (CTA! COM/5)/5)/99 (TAX! MOA DTM)/5 (CUX! DTM/5)/20"
    " (PAT! DTM/5 PCD MOA)/10 (TDT! LOC/10)/10 (TOD! LOC/2)/5"
    f" (ALC! ALI/5 DTM/9 {_RANGED_TEN.format(10)})/10 (TRU! DTM/9)/9"
    " (PGI! DTM/15 QTY/10 ALI/5 FTX/5 (CUX! DTM/5)/10 (PRI! CUX APR/99 RNG DTM/5)/100"
    " (TAX! MOA DTM)/10"
    " (ALC! ALI/5 (QTY! RNG) (PCD! RNG) (MOA! RNG)/2 (RTE! RNG) (TAX! MOA DTM)/5)/99"
    " (NAD! LOC/5 (RFF! DTM/5)/10 (CTA! COM/5)/5)/20 (PAT! DTM/5 PCD MOA)/10 (TDT! LOC/10)/10"
    f" (TOD! LOC/2)/5 (PAC! MEA/10 HAN/5)/10 {_FILED} (TRU! DTM/9)/9"
    " (LIN! PIA/99 IMD/999 MEA/10 QTY/10 HAN/5 ALI/5 DTM/10 RFF/99 LOC DOC PTY/99 FTX/999"
    " (CCI! CAV/10 MEA/10)/999 (TAX! MOA DTM)/10 (CUX! DTM/5)/5"
    " (PRI! CUX APR/99 RNG DTM/5 PCD/5 LOC/99)/100"
    f" (ALC! ALI/5 DTM/9 {_RANGED_TEN.format(99)})/99 (PAC! MEA/10 QTY/99 HAN/5)/999"
    f" (PAT! DTM/5 PCD MOA)/10 (TDT! LOC/10)/10 (TOD! LOC/2)/5 {_FILED}"
    " (NAD! (CTA! COM/99)/99)/99 (TRU! DTM/9)/9 (DGS! QTY/9 FTX/9)/9"
    " (HYN! PIA/99 QTY/9 FTX/99 (RFF! DTM/9)/999 (CCI! CAV/9 MEA/99)/99"
    " (NAD! PIA/99 QTY/9 (CCI! CAV/99 MEA/9)/99)/99)/999)/999999)/1000"
)

_PACKED: Final = "(PAC! PCI/1000 (QTY! GIN/9999 DTM/5)/9999)/999"
_INVRPT_96A: Final = (
    "BGM! DTM!/10 (RFF! DTM)/10 (NAD! LOC/5 (RFF! DTM)/10 (CTA! COM/5)/10)/20 (CUX! DTM)/5"
    f" (CPS! {_PACKED})/9999"
    " (LIN! PIA/10 IMD/10 MEA/10 ALI/10 LOC/5 DTM/5 (RFF! DTM)/10"
    " (QTY! INV GIN/9999 LOC/5 DTM/5 STS/9 (NAD! LOC)/5 (PRI! CUX DTM)/5 (RFF! DTM)/10"
    " (CPS! (PAC! MEA/10 QTY/10 (PCI! RFF DTM/5 GIN/9999)/9999)/9999)/9999)/9999)/9999"
)
_INVRPT_01B: Final = (
    "BGM! FTX/99 DTM!/10 (RFF! DTM)/10 (NAD! LOC/5 (RFF! DTM)/99 (CTA! COM/5)/10)/20 (CUX! DTM)/5"
    f" (CPS! {_PACKED})/9999"
    " (LIN! PIA/10 IMD/10 NAD MEA/10 ALI/10 LOC/5 DTM/5 FTX/99 (RFF! DTM)/10"
    " (INV! QTY! GIN/9999 LOC/5 DTM/5 STS/9 (NAD! LOC)/5 (PRI! CUX DTM)/5 (RFF! DTM)/10"
    " (CPS! (PAC! MEA/10 QTY/10 (PCI! RFF DTM/5 GIN/9999 (GIR! DTM/5)/99)/9999)/9999)/9999)/9999"
    ")/9999999"
)
_SLSRPT_96A: Final = (
    "BGM! DTM!/5 (NAD! (CTA! COM/5)/5)!/5 (RFF! DTM/5)/5 (CUX! DTM/5)/5"
    " (LOC! DTM/5 (RFF! DTM/5)/99"
    " (LIN! PIA/5 IMD/5 PAC/5 RFF/5 DOC/5 ALI/5 MOA/5 PRI/5 GIN/9999 (QTY! MKS NAD)/999)/200000"
    ")!/200000"
)
_SLSRPT_01B: Final = (
    "BGM! DTM!/5 MKS (RFF! DTM/9)/9 (NAD! (CTA! COM/5)/5 (RFF! DTM/9)/9)!/5 (CUX! DTM/5 STS/5)/5"
    " (LOC! DTM/5 FTX/5 (RFF! DTM/5)/99"
    " (LIN! PIA/5 IMD/5 DTM/9 PAC/5 RFF/5 DOC/5 ALI/5 MOA/5 GIN/9999 (PRI! CUX)/999 PAI/9"
    " (QTY! MKS NAD PRI/9 DTM/9 RFF/9 STS/9)/999)/200000)/200000"
    " (GIS! (LIN! PIA/99 IMD/9 PAC/9 MOA/9"
    " (LOC! RFF/9 DTM/9 MOA/9 (QTY! PRI/9 DTM/9 RFF/9 STS/9)/99)/9999)/999999) UNS! MOA/9"
)
_REMADV_96A: Final = (
    "BGM! DTM!/5 RFF/5 FII/5 PAI FTX/5 (NAD! (CTA! COM/5)/5)/99 (CUX! DTM)/5"
    " (DOC! MOA!/5 DTM/5 RFF/5 NAD/2 (CUX! DTM)/5 (AJT! MOA RFF FTX/5)/100 (INP! FTX/5)/5"
    " (DLI! MOA/5 PIA/5 DTM/5 (CUX! DTM)/5 (AJT! MOA RFF FTX/5)/10)/9999)/9999 UNS! MOA!/5"
)
_REMADV_01B: Final = (
    "BGM! DTM!/5 RFF/5 FII/5 PAI FTX/99 GIS/5 (NAD! (RFF! DTM/9)/9 (CTA! COM/5)/5)/99 (CUX! DTM)/5"
    " (DOC! MOA!/5 DTM/5 RFF/5 NAD/2 (CUX! DTM)/5 (AJT! MOA RFF FTX/5 QTY/9 (TAX! MOA/9)/9)/100"
    " (INP! FTX/5)/5"
    " (DLI! MOA/5 PIA/5 DTM/5 (CUX! DTM)/5 (AJT! MOA RFF FTX/5 (TAX! MOA/9)/9)/10)/9999)/999999"
    " UNS! MOA!/99 (ALC! MOA/9)/99"
)
_CONTRL: Final = (
    "UCI! (UCM! (UCS! UCD/99)/999)/999999 (UCF! (UCM! (UCS! UCD/99)/999)/999999)/999999"
)

MESSAGES: Final[dict[tuple[str, str], str]] = {
    ("APERAK", D96A): (
        "BGM! DTM/9 FTX/9 CNT/9 (RFF! DTM/9)/9 (NAD! CTA/9 COM/9)/9 (ERC! FTX (RFF! FTX/9))/999"
    ),
    ("APERAK", D01B): (
        "BGM! DTM/9 FTX/9 CNT/9 (DOC! DTM/99)/99 (RFF! DTM/9)/9 (NAD! CTA/9 COM/9)/9"
        " (ERC! FTX (RFF! FTX/9)/9)/99999"
    ),
    ("CONTRL", D96A): _CONTRL,
    ("CONTRL", D01B): _CONTRL,
    ("DESADV", D96A): _DESADV_96A,
    ("DESADV", D01B): _DESADV_01B,
    ("INVOIC", D96A): _INVOIC_96A,
    ("INVOIC", D01B): _INVOIC_01B,
    ("INVRPT", D96A): _INVRPT_96A,
    ("INVRPT", D01B): _INVRPT_01B,
    ("ORDCHG", D96A): _order_96a(_ADJUSTMENT, 999, 10, 10),
    ("ORDCHG", D01B): _ORDRSP_01B,
    ("ORDERS", D96A): _order_96a("", 10, 99, 10),
    ("ORDERS", D01B): _ORDERS_01B,
    ("ORDRSP", D96A): _order_96a(_ADJUSTMENT, 999, 99, 99),
    ("ORDRSP", D01B): _ORDRSP_01B,
    ("PRICAT", D96A): _PRICAT_96A,
    ("PRICAT", D01B): _PRICAT_01B,
    ("RECADV", D96A): _received("", "DTM", 10, "", 10),
    ("RECADV", D01B): _received(
        "CUX/9 FTX/99", "DTM GEI/99 MOA/99 ALC", 99, "PRI FTX/99 NAD/99", 20
    ),
    ("REMADV", D96A): _REMADV_96A,
    ("REMADV", D01B): _REMADV_01B,
    ("SLSRPT", D96A): _SLSRPT_96A,
    ("SLSRPT", D01B): _SLSRPT_01B,
}
"""(Message type, directory) -> structure between UNH and UNT."""

_ITEM: Final = "{0}.1an..35 {0}.2an..3"
_COMMON: Final[dict[str, str]] = {
    "ALC": "1.1!an..3 2.1an..35 5.1an..17",
    "BGM": "1.1an..3 2.1an..35 3an..3 4an..3",
    "CNT": "1.1!an..3 1.2!n..18",
    "CPS": "1!an..35 2an..35 3an..3",
    "CUX": "1.1an..3 1.2an..3",
    "DOC": "1.1an..3 2.1an..35",
    "DTM": "1.1!an..3 1.2an..35 1.3an..3",
    "ERC": "1.1!an..8 1.2an..17 1.3an..3",
    "GIN": "1!an..3 2.1!an..35",
    "LIN": f"1an..6 2an..3 {_ITEM.format(3)} 4.2an..6",
    "LOC": "1!an..3 2.1an..25",
    "MOA": "1.1!an..3 1.2n..35 1.3an..3",
    "NAD": "1!an..3 2.1an..35 2.2an..17 2.3an..3",
    "PAC": "1n..8 3.1an..17",
    "PCD": "1.1!an..3 1.2n..10",
    "PCI": "1an..3 2.1an..35",
    "PIA": f"1!an..3 2.1!an..35 2.2an..3 {_ITEM.format(3)}",
    "PRI": "1.1an..3 1.2n..15 1.5n..9 1.6an..3",
    "QTY": "1.1!an..3 1.2!n..35 1.3an..3",
    "QVR": "1.1n..15 1.2an..3",
    "RFF": "1.1!an..3 1.2an..70 1.3an..6",
    "TAX": "1!an..3 2.1an..3 5.4an..17",
    "UCD": "1!an..3 2.1!n..3 2.2n..3",
    "UCF": "1!an..14 4!an..3 5an..3",
    "UCI": "1!an..14 2.1!an..35 3.1!an..35 4!an..3 5an..3",
    "UCM": "1!an..14 2.1!an..6 3!an..3 4an..3",
    "UCS": "1!n..6 2an..3",
    "UNS": "1!a1",
}
_EARLY: Final[dict[str, str]] = {
    "CPS": "1!an..12 2an..12 3an..3",
    "LIN": f"1n..6 2an..3 {_ITEM.format(3)} 4.2n..6",
    "MOA": "1.1!an..3 1.2n..18 1.3an..3",
    "NAD": "1!an..3 2.1an..17 2.2an..3 2.3an..3",
    "QTY": "1.1!an..3 1.2!n..15 1.3an..3",
    "RFF": "1.1!an..3 1.2an..35 1.3an..6",
}
"""What is shorter in D.96A."""

ELEMENTS: Final[dict[str, dict[str, str]]] = {D96A: {**_COMMON, **_EARLY}, D01B: _COMMON}
"""Directory -> segment tag -> elements. D.01B lets QTY be letters; the house reads numbers."""


def nearest(version: str) -> str:
    """Return the directory that a version such as `D.97A` is held against: that before or at it."""
    area, _, release = version.partition(".")
    if area == "D" and len(release) == 3 and release[:2].isdecimal():
        year = int(release[:2])
        return D96A if year >= 70 else D01B
    return D96A
