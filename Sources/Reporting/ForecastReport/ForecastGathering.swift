import Traffic

/// Studies as they come, kept only as far as text and page show them.
///
/// Memory: a few hundred bytes a series, and `ForecastReport/mostSections` studies twice.
public struct ForecastGathering: Sendable {
  public private(set) var summaries: [ForecastSummary] = []
  /// The most urgent where there is a capacity, else the first.
  public private(set) var studies: [ForecastStudy] = []

  public init() {}

  public mutating func add(_ study: ForecastStudy) {
    summaries.append(ForecastSummary(study))
    studies.append(study)
    guard studies.count > 2 * ForecastReport.mostSections else { return }
    // Studies of equal urgency stay in the order in which they came, as in the report.
    let order = ForecastReport.byUrgency(studies.map { ForecastSummary($0) })
    studies = order.prefix(ForecastReport.mostSections).map { studies[$0] }
  }
}
