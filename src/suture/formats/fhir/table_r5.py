"""Lists what FHIR R5 (5.0.0) says of the typed resources and data types, as a table.

In: nothing. Out: element names, types and cardinalities, the codes of required bindings, the names
of all resources. These are facts of the standard; its prose is not here. `table` reads the lines.
"""

from typing import Final

ELEMENTS: Final = """\
Appointment D account:Reference* appointmentType:CodeableConcept basedOn:Reference*
  cancellationDate:dateTime cancellationReason:CodeableConcept class:CodeableConcept*
  created:dateTime description:string end:instant identifier:Identifier*
  minutesDuration:positiveInt note:Annotation* occurrenceChanged:boolean
  originatingAppointment:Reference participant:AppointmentParticipant*!
  patientInstruction:CodeableReference* previousAppointment:Reference priority:CodeableConcept
  reason:CodeableReference* recurrenceId:positiveInt
  recurrenceTemplate:AppointmentRecurrenceTemplate* replaces:Reference* requestedPeriod:Period*
  serviceCategory:CodeableConcept* serviceType:CodeableReference* slot:Reference*
  specialty:CodeableConcept* start:instant status:code! subject:Reference
  supportingInformation:Reference* virtualService:VirtualServiceDetail*
AppointmentParticipant B actor:Reference period:Period required:boolean status:code!
  type:CodeableConcept*
AppointmentRecurrenceTemplate B excludingDate:date* excludingRecurrenceId:positiveInt*
  lastOccurrenceDate:date monthlyTemplate:AppointmentRecurrenceTemplateMonthlyTemplate
  occurrenceCount:positiveInt occurrenceDate:date* recurrenceType:CodeableConcept!
  timezone:CodeableConcept weeklyTemplate:AppointmentRecurrenceTemplateWeeklyTemplate
  yearlyTemplate:AppointmentRecurrenceTemplateYearlyTemplate
AppointmentRecurrenceTemplateMonthlyTemplate B dayOfMonth:positiveInt dayOfWeek:Coding
  monthInterval:positiveInt! nthWeekOfMonth:Coding
AppointmentRecurrenceTemplateWeeklyTemplate B friday:boolean monday:boolean saturday:boolean
  sunday:boolean thursday:boolean tuesday:boolean wednesday:boolean weekInterval:positiveInt
AppointmentRecurrenceTemplateYearlyTemplate B yearInterval:positiveInt!
ServiceRequest D asNeeded[x]:Boolean|CodeableConcept authoredOn:dateTime basedOn:Reference*
  bodySite:CodeableConcept* bodyStructure:Reference category:CodeableConcept*
  code:CodeableReference doNotPerform:boolean encounter:Reference focus:Reference*
  identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
  insurance:Reference* intent:code! location:CodeableReference* note:Annotation*
  occurrence[x]:DateTime|Period|Timing orderDetail:ServiceRequestOrderDetail*
  patientInstruction:ServiceRequestPatientInstruction* performer:Reference*
  performerType:CodeableConcept priority:code quantity[x]:Quantity|Range|Ratio
  reason:CodeableReference* relevantHistory:Reference* replaces:Reference* requester:Reference
  requisition:Identifier specimen:Reference* status:code! subject:Reference!
  supportingInfo:CodeableReference*
ServiceRequestOrderDetail B parameter:ServiceRequestOrderDetailParameter*!
  parameterFocus:CodeableReference
ServiceRequestOrderDetailParameter B code:CodeableConcept!
  value[x]:Boolean|CodeableConcept|Period|Quantity|Range|Ratio|String!
ServiceRequestPatientInstruction B instruction[x]:Markdown|Reference
Procedure D basedOn:Reference* bodySite:CodeableConcept* category:CodeableConcept*
  code:CodeableConcept complication:CodeableReference* encounter:Reference
  focalDevice:ProcedureFocalDevice* focus:Reference followUp:CodeableConcept*
  identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri* location:Reference
  note:Annotation* occurrence[x]:Age|DateTime|Period|Range|String|Timing outcome:CodeableConcept
  partOf:Reference* performer:ProcedurePerformer* reason:CodeableReference* recorded:dateTime
  recorder:Reference report:Reference* reported[x]:Boolean|Reference status:code!
  statusReason:CodeableConcept subject:Reference! supportingInfo:Reference*
  used:CodeableReference*
ProcedureFocalDevice B action:CodeableConcept manipulated:Reference!
ProcedurePerformer B actor:Reference! function:CodeableConcept onBehalfOf:Reference period:Period
Encounter D account:Reference* actualPeriod:Period admission:EncounterAdmission
  appointment:Reference* basedOn:Reference* careTeam:Reference* class:CodeableConcept*
  diagnosis:EncounterDiagnosis* dietPreference:CodeableConcept* episodeOfCare:Reference*
  identifier:Identifier* length:Duration location:EncounterLocation* partOf:Reference
  participant:EncounterParticipant* plannedEndDate:dateTime plannedStartDate:dateTime
  priority:CodeableConcept reason:EncounterReason* serviceProvider:Reference
  serviceType:CodeableReference* specialArrangement:CodeableConcept*
  specialCourtesy:CodeableConcept* status:code! subject:Reference subjectStatus:CodeableConcept
  type:CodeableConcept* virtualService:VirtualServiceDetail*
EncounterAdmission B admitSource:CodeableConcept destination:Reference
  dischargeDisposition:CodeableConcept origin:Reference preAdmissionIdentifier:Identifier
  reAdmission:CodeableConcept
EncounterDiagnosis B condition:CodeableReference* use:CodeableConcept*
EncounterLocation B form:CodeableConcept location:Reference! period:Period status:code
EncounterParticipant B actor:Reference period:Period type:CodeableConcept*
EncounterReason B use:CodeableConcept* value:CodeableReference*
Location D address:Address alias:string* characteristic:CodeableConcept*
  contact:ExtendedContactDetail* description:markdown endpoint:Reference* form:CodeableConcept
  hoursOfOperation:Availability* identifier:Identifier* managingOrganization:Reference mode:code
  name:string operationalStatus:Coding partOf:Reference position:LocationPosition status:code
  type:CodeableConcept* virtualService:VirtualServiceDetail*
LocationPosition B altitude:decimal latitude:decimal! longitude:decimal!
Practitioner D active:boolean address:Address* birthDate:date
  communication:PractitionerCommunication* deceased[x]:Boolean|DateTime gender:code
  identifier:Identifier* name:HumanName* photo:Attachment*
  qualification:PractitionerQualification* telecom:ContactPoint*
PractitionerCommunication B language:CodeableConcept! preferred:boolean
PractitionerQualification B code:CodeableConcept! identifier:Identifier* issuer:Reference
  period:Period
PractitionerRole D active:boolean availability:Availability* characteristic:CodeableConcept*
  code:CodeableConcept* communication:CodeableConcept* contact:ExtendedContactDetail*
  endpoint:Reference* healthcareService:Reference* identifier:Identifier* location:Reference*
  organization:Reference period:Period practitioner:Reference specialty:CodeableConcept*
HealthcareService D active:boolean appointmentRequired:boolean availability:Availability*
  category:CodeableConcept* characteristic:CodeableConcept* comment:markdown
  communication:CodeableConcept* contact:ExtendedContactDetail* coverageArea:Reference*
  eligibility:HealthcareServiceEligibility* endpoint:Reference* extraDetails:markdown
  identifier:Identifier* location:Reference* name:string offeredIn:Reference* photo:Attachment
  program:CodeableConcept* providedBy:Reference referralMethod:CodeableConcept*
  serviceProvisionCode:CodeableConcept* specialty:CodeableConcept* type:CodeableConcept*
HealthcareServiceEligibility B code:CodeableConcept comment:markdown
Device D availabilityStatus:CodeableConcept biologicalSourceEvent:Identifier
  category:CodeableConcept* conformsTo:DeviceConformsTo* contact:ContactPoint* cycle:Count
  definition:CodeableReference displayName:string duration:Duration endpoint:Reference*
  expirationDate:dateTime gateway:CodeableReference* identifier:Identifier* location:Reference
  lotNumber:string manufactureDate:dateTime manufacturer:string mode:CodeableConcept
  modelNumber:string name:DeviceName* note:Annotation* owner:Reference parent:Reference
  partNumber:string property:DeviceProperty* safety:CodeableConcept* serialNumber:string
  status:code type:CodeableConcept* udiCarrier:DeviceUdiCarrier* url:uri version:DeviceVersion*
DeviceConformsTo B category:CodeableConcept specification:CodeableConcept! version:string
DeviceName B display:boolean type:code! value:string!
DeviceProperty B type:CodeableConcept!
  value[x]:Attachment|Boolean|CodeableConcept|Integer|Quantity|Range|String!
DeviceUdiCarrier B carrierAIDC:base64Binary carrierHRF:string deviceIdentifier:string!
  entryType:code issuer:uri! jurisdiction:uri
DeviceVersion B component:Identifier installDate:dateTime type:CodeableConcept value:string!
DeviceDefinition D chargeItem:DeviceDefinitionChargeItem*
  classification:DeviceDefinitionClassification* conformsTo:DeviceDefinitionConformsTo*
  contact:ContactPoint* correctiveAction:DeviceDefinitionCorrectiveAction description:markdown
  deviceName:DeviceDefinitionDeviceName* guideline:DeviceDefinitionGuideline
  hasPart:DeviceDefinitionHasPart* identifier:Identifier* languageCode:CodeableConcept*
  link:DeviceDefinitionLink* manufacturer:Reference material:DeviceDefinitionMaterial*
  modelNumber:string note:Annotation* owner:Reference packaging:DeviceDefinitionPackaging*
  partNumber:string productionIdentifierInUDI:code* property:DeviceDefinitionProperty*
  regulatoryIdentifier:DeviceDefinitionRegulatoryIdentifier* safety:CodeableConcept*
  shelfLifeStorage:ProductShelfLife* udiDeviceIdentifier:DeviceDefinitionUdiDeviceIdentifier*
  version:DeviceDefinitionVersion*
DeviceDefinitionChargeItem B chargeItemCode:CodeableReference! count:Quantity!
  effectivePeriod:Period useContext:UsageContext*
DeviceDefinitionClassification B justification:RelatedArtifact* type:CodeableConcept!
DeviceDefinitionConformsTo B category:CodeableConcept source:RelatedArtifact*
  specification:CodeableConcept! version:string*
DeviceDefinitionCorrectiveAction B period:Period! recall:boolean! scope:code
DeviceDefinitionDeviceName B name:string! type:code!
DeviceDefinitionGuideline B contraindication:CodeableConcept* indication:CodeableConcept*
  intendedUse:string relatedArtifact:RelatedArtifact* usageInstruction:markdown
  useContext:UsageContext* warning:CodeableConcept*
DeviceDefinitionHasPart B count:integer reference:Reference!
DeviceDefinitionLink B relatedDevice:CodeableReference! relation:Coding!
DeviceDefinitionMaterial B allergenicIndicator:boolean alternate:boolean
  substance:CodeableConcept!
DeviceDefinitionPackaging B count:integer distributor:DeviceDefinitionPackagingDistributor*
  identifier:Identifier packaging:DeviceDefinitionPackaging* type:CodeableConcept
  udiDeviceIdentifier:DeviceDefinitionUdiDeviceIdentifier*
DeviceDefinitionPackagingDistributor B name:string organizationReference:Reference*
DeviceDefinitionProperty B type:CodeableConcept!
  value[x]:Attachment|Boolean|CodeableConcept|Integer|Quantity|Range|String!
DeviceDefinitionRegulatoryIdentifier B deviceIdentifier:string! issuer:uri! jurisdiction:uri!
  type:code!
DeviceDefinitionUdiDeviceIdentifier B deviceIdentifier:string! issuer:uri! jurisdiction:uri!
  marketDistribution:DeviceDefinitionUdiDeviceIdentifierMarketDistribution*
DeviceDefinitionUdiDeviceIdentifierMarketDistribution B marketPeriod:Period! subJurisdiction:uri!
DeviceDefinitionVersion B component:Identifier type:CodeableConcept value:string!
DeviceUsage D adherence:DeviceUsageAdherence basedOn:Reference* bodySite:CodeableReference
  category:CodeableConcept* context:Reference dateAsserted:dateTime derivedFrom:Reference*
  device:CodeableReference! identifier:Identifier* informationSource:Reference note:Annotation*
  patient:Reference! reason:CodeableReference* status:code! timing[x]:DateTime|Period|Timing
  usageReason:CodeableConcept* usageStatus:CodeableConcept
DeviceUsageAdherence B code:CodeableConcept! reason:CodeableConcept*!
SupplyRequest D authoredOn:dateTime basedOn:Reference* category:CodeableConcept
  deliverFor:Reference deliverFrom:Reference deliverTo:Reference identifier:Identifier*
  item:CodeableReference! occurrence[x]:DateTime|Period|Timing parameter:SupplyRequestParameter*
  priority:code quantity:Quantity! reason:CodeableReference* requester:Reference status:code
  supplier:Reference*
SupplyRequestParameter B code:CodeableConcept value[x]:Boolean|CodeableConcept|Quantity|Range
SupplyDelivery D basedOn:Reference* destination:Reference identifier:Identifier*
  occurrence[x]:DateTime|Period|Timing partOf:Reference* patient:Reference receiver:Reference*
  status:code suppliedItem:SupplyDeliverySuppliedItem* supplier:Reference type:CodeableConcept
SupplyDeliverySuppliedItem B item[x]:CodeableConcept|Reference quantity:Quantity
InventoryItem D association:InventoryItemAssociation* baseUnit:CodeableConcept
  category:CodeableConcept* characteristic:InventoryItemCharacteristic* code:CodeableConcept*
  description:InventoryItemDescription identifier:Identifier* instance:InventoryItemInstance
  inventoryStatus:CodeableConcept* name:InventoryItemName* netContent:Quantity
  productReference:Reference responsibleOrganization:InventoryItemResponsibleOrganization*
  status:code!
InventoryItemAssociation B associationType:CodeableConcept! quantity:Ratio!
  relatedItem:Reference!
InventoryItemCharacteristic B characteristicType:CodeableConcept!
  value[x]:Address|Annotation|Boolean|CodeableConcept|DateTime|Decimal|Duration|Integer|Quantity|Range|Ratio|String|Url!
InventoryItemDescription B description:string language:code
InventoryItemInstance B expiry:dateTime identifier:Identifier* location:Reference
  lotNumber:string subject:Reference
InventoryItemName B language:code! name:string! nameType:Coding!
InventoryItemResponsibleOrganization B organization:Reference! role:CodeableConcept!
InventoryReport D countType:code! identifier:Identifier*
  inventoryListing:InventoryReportInventoryListing* note:Annotation*
  operationType:CodeableConcept operationTypeReason:CodeableConcept reportedDateTime:dateTime!
  reporter:Reference reportingPeriod:Period status:code!
InventoryReportInventoryListing B countingDateTime:dateTime
  item:InventoryReportInventoryListingItem* itemStatus:CodeableConcept location:Reference
InventoryReportInventoryListingItem B category:CodeableConcept item:CodeableReference!
  quantity:Quantity!
Bundle R entry:BundleEntry* identifier:Identifier issues:Resource link:BundleLink*
  signature:Signature timestamp:instant total:unsignedInt type:code!
BundleEntry B fullUrl:uri link:BundleLink* request:BundleEntryRequest resource:Resource
  response:BundleEntryResponse search:BundleEntrySearch
BundleEntryRequest B ifMatch:string ifModifiedSince:instant ifNoneExist:string ifNoneMatch:string
  method:code! url:uri!
BundleEntryResponse B etag:string lastModified:instant location:uri outcome:Resource
  status:string!
BundleEntrySearch B mode:code score:decimal
BundleLink B relation:code! url:uri!
OperationOutcome D issue:OperationOutcomeIssue*!
OperationOutcomeIssue B code:code! details:CodeableConcept diagnostics:string expression:string*
  location:string* severity:code!
AuditEvent D action:code agent:AuditEventAgent*! authorization:CodeableConcept*
  basedOn:Reference* category:CodeableConcept* code:CodeableConcept! encounter:Reference
  entity:AuditEventEntity* occurred[x]:DateTime|Period outcome:AuditEventOutcome
  patient:Reference recorded:instant! severity:code source:AuditEventSource!
AuditEventAgent B authorization:CodeableConcept* location:Reference
  network[x]:Reference|String|Uri policy:uri* requestor:boolean role:CodeableConcept*
  type:CodeableConcept who:Reference!
AuditEventEntity B agent:AuditEventAgent* detail:AuditEventEntityDetail* query:base64Binary
  role:CodeableConcept securityLabel:CodeableConcept* what:Reference
AuditEventEntityDetail B type:CodeableConcept!
  value[x]:Base64Binary|Boolean|CodeableConcept|DateTime|Integer|Period|Quantity|Range|Ratio|String|Time!
AuditEventOutcome B code:Coding! detail:CodeableConcept*
AuditEventSource B observer:Reference! site:Reference type:CodeableConcept*
Subscription D channelType:Coding! contact:ContactPoint* content:code contentType:code
  end:instant endpoint:url filterBy:SubscriptionFilterBy* heartbeatPeriod:unsignedInt
  identifier:Identifier* managingEntity:Reference maxCount:positiveInt name:string
  parameter:SubscriptionParameter* reason:string status:code! timeout:unsignedInt
  topic:canonical!
SubscriptionFilterBy B comparator:code filterParameter:string! modifier:code resourceType:uri
  value:string!
SubscriptionParameter B name:string! value:string!
SubscriptionStatus D error:CodeableConcept* eventsSinceSubscriptionStart:integer64
  notificationEvent:SubscriptionStatusNotificationEvent* status:code subscription:Reference!
  topic:canonical type:code!
SubscriptionStatusNotificationEvent B additionalContext:Reference* eventNumber:integer64!
  focus:Reference timestamp:instant
Identifier E assigner:Reference period:Period system:uri type:CodeableConcept use:code
  value:string
CodeableConcept E coding:Coding* text:string
Coding E code:code display:string system:uri userSelected:boolean version:string
Reference E display:string identifier:Identifier reference:string type:uri
CodeableReference E concept:CodeableConcept reference:Reference
Quantity E code:code comparator:code system:uri unit:string value:decimal
Money E currency:code value:decimal
Period E end:dateTime start:dateTime
Timing B code:CodeableConcept event:dateTime* repeat:TimingRepeat
TimingRepeat E bounds[x]:Duration|Period|Range count:positiveInt countMax:positiveInt
  dayOfWeek:code* duration:decimal durationMax:decimal durationUnit:code frequency:positiveInt
  frequencyMax:positiveInt offset:unsignedInt period:decimal periodMax:decimal periodUnit:code
  timeOfDay:time* when:code*
Annotation E author[x]:Reference|String text:markdown! time:dateTime
Attachment E contentType:code creation:dateTime data:base64Binary duration:decimal
  frames:positiveInt hash:base64Binary height:positiveInt language:code pages:positiveInt
  size:integer64 title:string url:url width:positiveInt
Meta E lastUpdated:instant profile:canonical* security:Coding* source:uri tag:Coding*
  versionId:id
Narrative E div:xhtml! status:code!
HumanName E family:string given:string* period:Period prefix:string* suffix:string* text:string
  use:code
Address E city:string country:string district:string line:string* period:Period postalCode:string
  state:string text:string type:code use:code
ContactPoint E period:Period rank:positiveInt system:code use:code value:string
Extension E url:uri! value[x]:any
Range E high:Quantity low:Quantity
Ratio E denominator:Quantity numerator:Quantity
Signature E data:base64Binary onBehalfOf:Reference sigFormat:code targetFormat:code type:Coding*
  when:instant who:Reference
Duration E code:code comparator:code system:uri unit:string value:decimal
Age E code:code comparator:code system:uri unit:string value:decimal
Count E code:code comparator:code system:uri unit:string value:decimal
Distance E code:code comparator:code system:uri unit:string value:decimal
SampledData E codeMap:canonical data:string dimensions:positiveInt! factor:decimal
  interval:decimal intervalUnit:code! lowerLimit:decimal offsets:string origin:Quantity!
  upperLimit:decimal
Expression E description:string expression:string language:code name:code reference:uri
ContactDetail E name:string telecom:ContactPoint*
UsageContext E code:Coding! value[x]:CodeableConcept|Quantity|Range|Reference!
RelatedArtifact E citation:markdown classifier:CodeableConcept* display:string
  document:Attachment label:string publicationDate:date publicationStatus:code resource:canonical
  resourceReference:Reference type:code!
Dosage B additionalInstruction:CodeableConcept* asNeeded:boolean asNeededFor:CodeableConcept*
  doseAndRate:DosageDoseAndRate* maxDosePerAdministration:Quantity maxDosePerLifetime:Quantity
  maxDosePerPeriod:Ratio* method:CodeableConcept patientInstruction:string route:CodeableConcept
  sequence:integer site:CodeableConcept text:string timing:Timing
DosageDoseAndRate E dose[x]:Quantity|Range rate[x]:Quantity|Range|Ratio type:CodeableConcept
Availability E availableTime:AvailabilityAvailableTime*
  notAvailableTime:AvailabilityNotAvailableTime*
AvailabilityAvailableTime E allDay:boolean availableEndTime:time availableStartTime:time
  daysOfWeek:code*
AvailabilityNotAvailableTime E description:string during:Period
ExtendedContactDetail E address:Address name:HumanName* organization:Reference period:Period
  purpose:CodeableConcept telecom:ContactPoint*
VirtualServiceDetail E additionalInfo:url*
  address[x]:ContactPoint|ExtendedContactDetail|String|Url channelType:Coding
  maxParticipants:positiveInt sessionKey:string
ProductShelfLife B period[x]:Duration|String specialPrecautionsForStorage:CodeableConcept*
  type:CodeableConcept
RatioRange E denominator:Quantity highNumerator:Quantity lowNumerator:Quantity
MonetaryComponent E amount:Money code:CodeableConcept factor:decimal type:code!
"""
"""A type, its kind (D domain resource, R resource, B backbone, E element), then `name:type`; `*`
repeats, `!` is required, `[x]` is a choice; a line that begins with blanks continues the last."""

CODES: Final = """\
Appointment.status proposed pending booked arrived fulfilled cancelled noshow entered-in-error
  checked-in waitlist
AppointmentParticipant.status accepted declined tentative needs-action
ServiceRequest.intent proposal plan directive order original-order reflex-order filler-order
  instance-order option
ServiceRequest.priority routine urgent asap stat
ServiceRequest.status draft active on-hold revoked completed entered-in-error unknown
Procedure.status preparation in-progress not-done on-hold stopped completed entered-in-error
  unknown
Encounter.status planned in-progress on-hold discharged completed cancelled discontinued
  entered-in-error unknown
EncounterLocation.status planned active reserved completed
Location.mode instance kind
Location.status active suspended inactive
Practitioner.gender male female other unknown
Device.status active inactive entered-in-error
DeviceName.type registered-name user-friendly-name patient-reported-name
DeviceUdiCarrier.entryType barcode rfid manual card self-reported electronic-transmission unknown
DeviceDefinition.productionIdentifierInUDI lot-number manufactured-date serial-number
  expiration-date biological-source software-version
DeviceDefinitionCorrectiveAction.scope model lot-numbers serial-numbers
DeviceDefinitionDeviceName.type registered-name user-friendly-name patient-reported-name
DeviceDefinitionRegulatoryIdentifier.type basic master license
DeviceUsage.status active completed not-done entered-in-error intended stopped on-hold
SupplyRequest.priority routine urgent asap stat
SupplyRequest.status draft active suspended cancelled completed entered-in-error unknown
SupplyDelivery.status in-progress completed abandoned entered-in-error
InventoryItem.status active inactive entered-in-error unknown
InventoryReport.countType snapshot difference
InventoryReport.status draft requested active entered-in-error
Bundle.type document message transaction transaction-response batch batch-response history
  searchset collection subscription-notification
BundleEntryRequest.method GET HEAD POST PUT DELETE PATCH
BundleEntrySearch.mode match include outcome
OperationOutcomeIssue.severity fatal error warning information success
AuditEvent.severity emergency alert critical error warning notice informational debug
Subscription.content empty id-only full-resource
Subscription.status requested active error off entered-in-error
SubscriptionFilterBy.comparator eq ne gt lt ge le sa eb ap
SubscriptionFilterBy.modifier missing exact contains not text in not-in below above type
  identifier of-type code-text text-advanced iterate
SubscriptionStatus.status requested active error off entered-in-error
SubscriptionStatus.type handshake heartbeat event-notification query-status query-event
Identifier.use usual official temp secondary old
TimingRepeat.dayOfWeek mon tue wed thu fri sat sun
TimingRepeat.durationUnit s min h d wk mo a
TimingRepeat.periodUnit s min h d wk mo a
Narrative.status generated extensions additional empty
HumanName.use usual official temp nickname anonymous old maiden
Address.type postal physical both
Address.use home work temp old billing
ContactPoint.system phone fax email pager url sms other
ContactPoint.use home work temp old mobile
RelatedArtifact.publicationStatus draft active retired unknown
RelatedArtifact.type documentation justification citation predecessor successor derived-from
  depends-on composed-of part-of amends amended-with appends appended-with cites cited-by
  comments-on comment-in contains contained-in corrects correction-in replaces replaced-with
  retracts retracted-by signs similar-to supports supported-with transforms transformed-into
  transformed-with documents specification-of created-with cite-as
AvailabilityAvailableTime.daysOfWeek mon tue wed thu fri sat sun
MonetaryComponent.type base surcharge deduction discount tax informational
OperationOutcomeIssue.code invalid structure required value invariant security login unknown
  expired forbidden suppressed processing not-supported duplicate multiple-matches limited-filter
  not-found deleted too-long code-invalid extension too-costly business-rule conflict transient
  lock-error no-store exception timeout incomplete throttled informational success
AuditEvent.action C R U D E
Quantity.comparator < <= >= > ad
TimingRepeat.when MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late
  NIGHT PHS HS WAKE C CM CD CV AC ACM ACD ACV PC PCM PCD PCV IMD
"""
"""Type and element, then the codes of its required binding."""

RESOURCES: Final = """\
Account ActivityDefinition ActorDefinition AdministrableProductDefinition AdverseEvent
AllergyIntolerance Appointment AppointmentResponse ArtifactAssessment AuditEvent Basic Binary
BiologicallyDerivedProduct BiologicallyDerivedProductDispense BodyStructure Bundle
CapabilityStatement CarePlan CareTeam ChargeItem ChargeItemDefinition Citation Claim
ClaimResponse ClinicalImpression ClinicalUseDefinition CodeSystem Communication
CommunicationRequest CompartmentDefinition Composition ConceptMap Condition ConditionDefinition
Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue
Device DeviceAssociation DeviceDefinition DeviceDispense DeviceMetric DeviceRequest DeviceUsage
DiagnosticReport DocumentReference Encounter EncounterHistory Endpoint EnrollmentRequest
EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceReport EvidenceVariable
ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag FormularyItem GenomicStudy Goal
GraphDefinition Group GuidanceResponse HealthcareService ImagingSelection ImagingStudy
Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide Ingredient
InsurancePlan InventoryItem InventoryReport Invoice Library Linkage List Location
ManufacturedItemDefinition Measure MeasureReport Medication MedicationAdministration
MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement
MedicinalProductDefinition MessageDefinition MessageHeader MolecularSequence NamingSystem
NutritionIntake NutritionOrder NutritionProduct Observation ObservationDefinition
OperationDefinition OperationOutcome Organization OrganizationAffiliation
PackagedProductDefinition Parameters Patient PaymentNotice PaymentReconciliation Permission
Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire
QuestionnaireResponse RegulatedAuthorization RelatedPerson RequestOrchestration Requirements
ResearchStudy ResearchSubject RiskAssessment Schedule SearchParameter ServiceRequest Slot
Specimen SpecimenDefinition StructureDefinition StructureMap Subscription SubscriptionStatus
SubscriptionTopic Substance SubstanceDefinition SubstanceNucleicAcid SubstancePolymer
SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SupplyDelivery
SupplyRequest Task TerminologyCapabilities TestPlan TestReport TestScript Transport ValueSet
VerificationResult VisionPrescription
"""
"""Every concrete resource of the version."""
