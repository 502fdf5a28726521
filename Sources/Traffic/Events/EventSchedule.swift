import Quantities

/// How long before an event each step of its preparation is due.
public struct LeadTimes: Hashable, Sendable {
  /// Before the start: the decision how much capacity to hold.
  public var decision: Duration
  /// Before the day on which the capacity must stand: the request for quota. Providers grant accelerator quota in
  /// days to weeks; 30 days leaves room for one refusal and a second request.
  public var quota: Duration
  /// Before the start: the load test at the event's peak. 14 days leave time to mend what it finds and test again.
  public var loadTest: Duration
  /// Before the start: the capacity stands and is warm. 2 days keep the change clear of the event itself.
  public var inPlace: Duration

  /// Lead times with the defaults told above; the decision is due 60 days ahead unless told.
  public init(
    decision: Duration = .days(60), quota: Duration = .days(30), loadTest: Duration = .days(14),
    inPlace: Duration = .days(2)
  ) {
    self.decision = decision
    self.quota = quota
    self.loadTest = loadTest
    self.inPlace = inPlace
  }
}

/// The dates by which an event's preparation is due.
public struct EventSchedule: Hashable, Sendable {
  public let event: String
  /// The day on which the event starts.
  public let start: CivilDate
  public let decideBy: CivilDate
  public let askForQuotaBy: CivilDate
  public let loadTestBy: CivilDate
  public let inPlaceBy: CivilDate

  /// The schedule of an event that starts on a day. Where the lead time is too short for the quota request, the
  /// decision moves ahead to the day of the request: nobody can ask for what is not decided.
  public init(event: String, start: CivilDate, lead: LeadTimes = LeadTimes()) {
    func days(_ span: Duration) -> Int { Int(min(max(span.days, 0), 100_000).rounded(.up)) }
    self.event = event
    self.start = start
    inPlaceBy = start - days(lead.inPlace)
    loadTestBy = start - days(lead.loadTest)
    askForQuotaBy = inPlaceBy - days(lead.quota)
    decideBy = min(start - days(lead.decision), askForQuotaBy)
  }
}

extension Event {
  /// The schedule of the next occurrence on or after a date, or nil where none comes.
  public func schedule(onOrAfter date: CivilDate, lead: LeadTimes = LeadTimes()) -> EventSchedule? {
    guard let start = when.next(onOrAfter: date) else { return nil }
    var lead = lead
    if let leadTime { lead.decision = leadTime }
    return EventSchedule(event: name, start: start, lead: lead)
  }
}
