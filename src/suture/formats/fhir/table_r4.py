"""Lists what FHIR R4 (4.0.1) says of the typed resources and data types, as a table.

In: nothing. Out: element names, types and cardinalities, the codes of required bindings, the names
of all resources. These are facts of the standard; its prose is not here. `table` reads the lines.
"""

from typing import Final

ELEMENTS: Final = """\
Appointment D appointmentType:CodeableConcept basedOn:Reference*
  cancelationReason:CodeableConcept comment:string created:dateTime description:string
  end:instant identifier:Identifier* minutesDuration:positiveInt
  participant:AppointmentParticipant*! patientInstruction:string priority:unsignedInt
  reasonCode:CodeableConcept* reasonReference:Reference* requestedPeriod:Period*
  serviceCategory:CodeableConcept* serviceType:CodeableConcept* slot:Reference*
  specialty:CodeableConcept* start:instant status:code! supportingInformation:Reference*
AppointmentParticipant B actor:Reference period:Period required:code status:code!
  type:CodeableConcept*
ServiceRequest D asNeeded[x]:Boolean|CodeableConcept authoredOn:dateTime basedOn:Reference*
  bodySite:CodeableConcept* category:CodeableConcept* code:CodeableConcept doNotPerform:boolean
  encounter:Reference identifier:Identifier* instantiatesCanonical:canonical*
  instantiatesUri:uri* insurance:Reference* intent:code! locationCode:CodeableConcept*
  locationReference:Reference* note:Annotation* occurrence[x]:DateTime|Period|Timing
  orderDetail:CodeableConcept* patientInstruction:string performer:Reference*
  performerType:CodeableConcept priority:code quantity[x]:Quantity|Range|Ratio
  reasonCode:CodeableConcept* reasonReference:Reference* relevantHistory:Reference*
  replaces:Reference* requester:Reference requisition:Identifier specimen:Reference* status:code!
  subject:Reference! supportingInfo:Reference*
Procedure D asserter:Reference basedOn:Reference* bodySite:CodeableConcept*
  category:CodeableConcept code:CodeableConcept complication:CodeableConcept*
  complicationDetail:Reference* encounter:Reference focalDevice:ProcedureFocalDevice*
  followUp:CodeableConcept* identifier:Identifier* instantiatesCanonical:canonical*
  instantiatesUri:uri* location:Reference note:Annotation* outcome:CodeableConcept
  partOf:Reference* performed[x]:Age|DateTime|Period|Range|String performer:ProcedurePerformer*
  reasonCode:CodeableConcept* reasonReference:Reference* recorder:Reference report:Reference*
  status:code! statusReason:CodeableConcept subject:Reference! usedCode:CodeableConcept*
  usedReference:Reference*
ProcedureFocalDevice B action:CodeableConcept manipulated:Reference!
ProcedurePerformer B actor:Reference! function:CodeableConcept onBehalfOf:Reference
Encounter D account:Reference* appointment:Reference* basedOn:Reference*
  classHistory:EncounterClassHistory* class:Coding! diagnosis:EncounterDiagnosis*
  episodeOfCare:Reference* hospitalization:EncounterHospitalization identifier:Identifier*
  length:Duration location:EncounterLocation* partOf:Reference participant:EncounterParticipant*
  period:Period priority:CodeableConcept reasonCode:CodeableConcept* reasonReference:Reference*
  serviceProvider:Reference serviceType:CodeableConcept status:code!
  statusHistory:EncounterStatusHistory* subject:Reference type:CodeableConcept*
EncounterClassHistory B class:Coding! period:Period!
EncounterDiagnosis B condition:Reference! rank:positiveInt use:CodeableConcept
EncounterHospitalization B admitSource:CodeableConcept destination:Reference
  dietPreference:CodeableConcept* dischargeDisposition:CodeableConcept origin:Reference
  preAdmissionIdentifier:Identifier reAdmission:CodeableConcept
  specialArrangement:CodeableConcept* specialCourtesy:CodeableConcept*
EncounterLocation B location:Reference! period:Period physicalType:CodeableConcept status:code
EncounterParticipant B individual:Reference period:Period type:CodeableConcept*
EncounterStatusHistory B period:Period! status:code!
Location D address:Address alias:string* availabilityExceptions:string description:string
  endpoint:Reference* hoursOfOperation:LocationHoursOfOperation* identifier:Identifier*
  managingOrganization:Reference mode:code name:string operationalStatus:Coding partOf:Reference
  physicalType:CodeableConcept position:LocationPosition status:code telecom:ContactPoint*
  type:CodeableConcept*
LocationHoursOfOperation B allDay:boolean closingTime:time daysOfWeek:code* openingTime:time
LocationPosition B altitude:decimal latitude:decimal! longitude:decimal!
Practitioner D active:boolean address:Address* birthDate:date communication:CodeableConcept*
  gender:code identifier:Identifier* name:HumanName* photo:Attachment*
  qualification:PractitionerQualification* telecom:ContactPoint*
PractitionerQualification B code:CodeableConcept! identifier:Identifier* issuer:Reference
  period:Period
PractitionerRole D active:boolean availabilityExceptions:string
  availableTime:PractitionerRoleAvailableTime* code:CodeableConcept* endpoint:Reference*
  healthcareService:Reference* identifier:Identifier* location:Reference*
  notAvailable:PractitionerRoleNotAvailable* organization:Reference period:Period
  practitioner:Reference specialty:CodeableConcept* telecom:ContactPoint*
PractitionerRoleAvailableTime B allDay:boolean availableEndTime:time availableStartTime:time
  daysOfWeek:code*
PractitionerRoleNotAvailable B description:string! during:Period
HealthcareService D active:boolean appointmentRequired:boolean availabilityExceptions:string
  availableTime:HealthcareServiceAvailableTime* category:CodeableConcept*
  characteristic:CodeableConcept* comment:string communication:CodeableConcept*
  coverageArea:Reference* eligibility:HealthcareServiceEligibility* endpoint:Reference*
  extraDetails:markdown identifier:Identifier* location:Reference* name:string
  notAvailable:HealthcareServiceNotAvailable* photo:Attachment program:CodeableConcept*
  providedBy:Reference referralMethod:CodeableConcept* serviceProvisionCode:CodeableConcept*
  specialty:CodeableConcept* telecom:ContactPoint* type:CodeableConcept*
HealthcareServiceAvailableTime B allDay:boolean availableEndTime:time availableStartTime:time
  daysOfWeek:code*
HealthcareServiceEligibility B code:CodeableConcept comment:markdown
HealthcareServiceNotAvailable B description:string! during:Period
Device D contact:ContactPoint* definition:Reference deviceName:DeviceDeviceName*
  distinctIdentifier:string expirationDate:dateTime identifier:Identifier* location:Reference
  lotNumber:string manufactureDate:dateTime manufacturer:string modelNumber:string
  note:Annotation* owner:Reference parent:Reference partNumber:string patient:Reference
  property:DeviceProperty* safety:CodeableConcept* serialNumber:string
  specialization:DeviceSpecialization* status:code statusReason:CodeableConcept*
  type:CodeableConcept udiCarrier:DeviceUdiCarrier* url:uri version:DeviceVersion*
DeviceDeviceName B name:string! type:code!
DeviceProperty B type:CodeableConcept! valueCode:CodeableConcept* valueQuantity:Quantity*
DeviceSpecialization B systemType:CodeableConcept! version:string
DeviceUdiCarrier B carrierAIDC:base64Binary carrierHRF:string deviceIdentifier:string
  entryType:code issuer:uri jurisdiction:uri
DeviceVersion B component:Identifier type:CodeableConcept value:string!
DeviceDefinition D capability:DeviceDefinitionCapability* contact:ContactPoint*
  deviceName:DeviceDefinitionDeviceName* identifier:Identifier* languageCode:CodeableConcept*
  manufacturer[x]:Reference|String material:DeviceDefinitionMaterial* modelNumber:string
  note:Annotation* onlineInformation:uri owner:Reference parentDevice:Reference
  physicalCharacteristics:ProdCharacteristic property:DeviceDefinitionProperty* quantity:Quantity
  safety:CodeableConcept* shelfLifeStorage:ProductShelfLife*
  specialization:DeviceDefinitionSpecialization* type:CodeableConcept
  udiDeviceIdentifier:DeviceDefinitionUdiDeviceIdentifier* url:uri version:string*
DeviceDefinitionCapability B description:CodeableConcept* type:CodeableConcept!
DeviceDefinitionDeviceName B name:string! type:code!
DeviceDefinitionMaterial B allergenicIndicator:boolean alternate:boolean
  substance:CodeableConcept!
DeviceDefinitionProperty B type:CodeableConcept! valueCode:CodeableConcept*
  valueQuantity:Quantity*
DeviceDefinitionSpecialization B systemType:string! version:string
DeviceDefinitionUdiDeviceIdentifier B deviceIdentifier:string! issuer:uri! jurisdiction:uri!
DeviceUseStatement D basedOn:Reference* bodySite:CodeableConcept derivedFrom:Reference*
  device:Reference! identifier:Identifier* note:Annotation* reasonCode:CodeableConcept*
  reasonReference:Reference* recordedOn:dateTime source:Reference status:code! subject:Reference!
  timing[x]:DateTime|Period|Timing
SupplyRequest D authoredOn:dateTime category:CodeableConcept deliverFrom:Reference
  deliverTo:Reference identifier:Identifier* item[x]:CodeableConcept|Reference!
  occurrence[x]:DateTime|Period|Timing parameter:SupplyRequestParameter* priority:code
  quantity:Quantity! reasonCode:CodeableConcept* reasonReference:Reference* requester:Reference
  status:code supplier:Reference*
SupplyRequestParameter B code:CodeableConcept value[x]:Boolean|CodeableConcept|Quantity|Range
SupplyDelivery D basedOn:Reference* destination:Reference identifier:Identifier*
  occurrence[x]:DateTime|Period|Timing partOf:Reference* patient:Reference receiver:Reference*
  status:code suppliedItem:SupplyDeliverySuppliedItem supplier:Reference type:CodeableConcept
SupplyDeliverySuppliedItem B item[x]:CodeableConcept|Reference quantity:Quantity
Bundle R entry:BundleEntry* identifier:Identifier link:BundleLink* signature:Signature
  timestamp:instant total:unsignedInt type:code!
BundleEntry B fullUrl:uri link:BundleLink* request:BundleEntryRequest resource:Resource
  response:BundleEntryResponse search:BundleEntrySearch
BundleEntryRequest B ifMatch:string ifModifiedSince:instant ifNoneExist:string ifNoneMatch:string
  method:code! url:uri!
BundleEntryResponse B etag:string lastModified:instant location:uri outcome:Resource
  status:string!
BundleEntrySearch B mode:code score:decimal
BundleLink B relation:string! url:uri!
OperationOutcome D issue:OperationOutcomeIssue*!
OperationOutcomeIssue B code:code! details:CodeableConcept diagnostics:string expression:string*
  location:string* severity:code!
AuditEvent D action:code agent:AuditEventAgent*! entity:AuditEventEntity* outcome:code
  outcomeDesc:string period:Period purposeOfEvent:CodeableConcept* recorded:instant!
  source:AuditEventSource! subtype:Coding* type:Coding!
AuditEventAgent B altId:string location:Reference media:Coding name:string
  network:AuditEventAgentNetwork policy:uri* purposeOfUse:CodeableConcept* requestor:boolean!
  role:CodeableConcept* type:CodeableConcept who:Reference
AuditEventAgentNetwork B address:string type:code
AuditEventEntity B description:string detail:AuditEventEntityDetail* lifecycle:Coding name:string
  query:base64Binary role:Coding securityLabel:Coding* type:Coding what:Reference
AuditEventEntityDetail B type:string! value[x]:Base64Binary|String!
AuditEventSource B observer:Reference! site:string type:Coding*
Subscription D channel:SubscriptionChannel! contact:ContactPoint* criteria:string! end:instant
  error:string reason:string! status:code!
SubscriptionChannel B endpoint:url header:string* payload:code type:code!
SubscriptionStatus D error:CodeableConcept* eventsSinceSubscriptionStart:string
  notificationEvent:SubscriptionStatusNotificationEvent* status:code subscription:Reference!
  topic:canonical type:code!
SubscriptionStatusNotificationEvent B additionalContext:Reference* eventNumber:string!
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
Attachment E contentType:code creation:dateTime data:base64Binary hash:base64Binary language:code
  size:unsignedInt title:string url:url
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
Signature E data:base64Binary onBehalfOf:Reference sigFormat:code targetFormat:code type:Coding*!
  when:instant! who:Reference!
Duration E code:code comparator:code system:uri unit:string value:decimal
Age E code:code comparator:code system:uri unit:string value:decimal
Count E code:code comparator:code system:uri unit:string value:decimal
Distance E code:code comparator:code system:uri unit:string value:decimal
SampledData E data:string dimensions:positiveInt! factor:decimal lowerLimit:decimal
  origin:Quantity! period:decimal! upperLimit:decimal
Expression E description:string expression:string language:code! name:id reference:uri
ContactDetail E name:string telecom:ContactPoint*
UsageContext E code:Coding! value[x]:CodeableConcept|Quantity|Range|Reference!
RelatedArtifact E citation:markdown display:string document:Attachment label:string
  resource:canonical type:code! url:url
Dosage B additionalInstruction:CodeableConcept* asNeeded[x]:Boolean|CodeableConcept
  doseAndRate:DosageDoseAndRate* maxDosePerAdministration:Quantity maxDosePerLifetime:Quantity
  maxDosePerPeriod:Ratio method:CodeableConcept patientInstruction:string route:CodeableConcept
  sequence:integer site:CodeableConcept text:string timing:Timing
DosageDoseAndRate E dose[x]:Quantity|Range rate[x]:Quantity|Range|Ratio type:CodeableConcept
ProductShelfLife B identifier:Identifier period:Quantity!
  specialPrecautionsForStorage:CodeableConcept* type:CodeableConcept!
RatioRange E denominator:Quantity highNumerator:Quantity lowNumerator:Quantity
ProdCharacteristic B color:string* depth:Quantity externalDiameter:Quantity height:Quantity
  image:Attachment* imprint:string* nominalVolume:Quantity scoring:CodeableConcept shape:string
  weight:Quantity width:Quantity
Population B age[x]:CodeableConcept|Range gender:CodeableConcept
  physiologicalCondition:CodeableConcept race:CodeableConcept
"""
"""A type, its kind (D domain resource, R resource, B backbone, E element), then `name:type`; `*`
repeats, `!` is required, `[x]` is a choice; a line that begins with blanks continues the last."""

CODES: Final = """\
Appointment.status proposed pending booked arrived fulfilled cancelled noshow entered-in-error
  checked-in waitlist
AppointmentParticipant.required required optional information-only
AppointmentParticipant.status accepted declined tentative needs-action
ServiceRequest.intent proposal plan directive order original-order reflex-order filler-order
  instance-order option
ServiceRequest.priority routine urgent asap stat
ServiceRequest.status draft active on-hold revoked completed entered-in-error unknown
Procedure.status preparation in-progress not-done on-hold stopped completed entered-in-error
  unknown
Encounter.status planned arrived triaged in-progress onleave finished cancelled entered-in-error
  unknown
EncounterLocation.status planned active reserved completed
EncounterStatusHistory.status planned arrived triaged in-progress onleave finished cancelled
  entered-in-error unknown
Location.mode instance kind
Location.status active suspended inactive
LocationHoursOfOperation.daysOfWeek mon tue wed thu fri sat sun
Practitioner.gender male female other unknown
PractitionerRoleAvailableTime.daysOfWeek mon tue wed thu fri sat sun
HealthcareServiceAvailableTime.daysOfWeek mon tue wed thu fri sat sun
Device.status active inactive entered-in-error unknown
DeviceDeviceName.type udi-label-name user-friendly-name patient-reported-name manufacturer-name
  model-name other
DeviceUdiCarrier.entryType barcode rfid manual card self-reported unknown
DeviceDefinitionDeviceName.type udi-label-name user-friendly-name patient-reported-name
  manufacturer-name model-name other
DeviceUseStatement.status active completed entered-in-error intended stopped on-hold
SupplyRequest.priority routine urgent asap stat
SupplyRequest.status draft active suspended cancelled completed entered-in-error unknown
SupplyDelivery.status in-progress completed abandoned entered-in-error
Bundle.type document message transaction transaction-response batch batch-response history
  searchset collection
BundleEntryRequest.method GET HEAD POST PUT DELETE PATCH
BundleEntrySearch.mode match include outcome
OperationOutcomeIssue.severity fatal error warning information
Subscription.status requested active error off
SubscriptionChannel.type rest-hook websocket email sms message
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
RelatedArtifact.type documentation justification citation predecessor successor derived-from
  depends-on composed-of
OperationOutcomeIssue.code invalid structure required value invariant security login unknown
  expired forbidden suppressed processing not-supported duplicate multiple-matches not-found
  deleted too-long code-invalid extension too-costly business-rule conflict transient lock-error
  no-store exception timeout incomplete throttled informational
AuditEvent.action C R U D E
AuditEvent.outcome 0 4 8 12
AuditEventAgentNetwork.type 1 2 3 4 5
Quantity.comparator < <= >= >
TimingRepeat.when MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late
  NIGHT PHS HS WAKE C CM CD CV AC ACM ACD ACV PC PCM PCD PCV
"""
"""Type and element, then the codes of its required binding."""

RESOURCES: Final = """\
Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse
AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement
CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse
ClinicalImpression CodeSystem Communication CommunicationRequest CompartmentDefinition
Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest
DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis
Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence
EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal
GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice
Library Linkage List Location Measure MeasureReport Media Medication MedicationAdministration
MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct
MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured
MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect
MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation
ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation
Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner
PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson
RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject
RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen
SpecimenDefinition StructureDefinition StructureMap Subscription SubscriptionStatus Substance
SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task
TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription
"""
"""Every concrete resource of the version."""
