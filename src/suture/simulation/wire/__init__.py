"""The peers' own small writers and readers of HL7 v2, X12 and cXML: nothing of the product's."""
