import Glibc
import Quantities

/// Several ways to look ahead, weighed by how each would have done from earlier origins of the same series.
///
/// The combined path is the weighted median of the members' paths at each step, which one wild member cannot move;
/// weights are the inverse sixth power of the mean absolute error at the earlier origins. Ranges and the peak come
/// from what the combined path missed there (`ConformalBands`, `PeakHead`).
public struct EnsembleForecaster: Sendable {
  /// What the lag regressions start from; nil leaves them out.
  public var prior: LagPrior?

  public init(prior: LagPrior? = LagPrior.shipped) { self.prior = prior }

  /// Points of the history that are looked at, at most, unless five of the longest season are more: four years of
  /// hours.
  static let mostPoints = 35_064
  /// 3 gives 1 % more error on real traffic and on M4 Hourly, 8 no less.
  static let weightPower = 6.0
  /// How many independent origins a member's likeness to the others is worth. Without it a member judged at few
  /// origins outweighs the rest by luck: half a per cent more error on real traffic; 2 costs 1 % on two weeks of M4.
  static let doubt = 0.5
  /// The weight of plain averages of seasons where only one season is known: a short history mostly shifts its level,
  /// and four kinds of average would outvote the rest. On 697 windows of two weeks a third errs 1 to 3 % less than 1 in
  /// every kind of traffic.
  static let averageShare = 1.0 / 3
  /// Members of less than this share of the best's weight do not vote: they moved the middle by nothing on real traffic
  /// or on M4 Hourly, and half of the members are such.
  static let leastWeight = 0.06
  /// Kinks of the scales on which a lag regression is fitted: each is best for some series, three of them are no better.
  static let kinks: [Double] = [0.02, 0.3]

  /// The forecast of one series: an answer for every history, with a finding where little could be known.
  ///
  /// - Precondition: the horizon lies between 0 and ``ForecastQuestion/longestHorizon``.
  ///
  /// Complexity: for n values of which m = min(n, 35,064) count, 600 m operations for the products of two scales and
  /// 0.4 MFLOP for each of eight small systems, plus 24 origins times the members.
  public func forecast(_ question: ForecastQuestion) -> ForecastAnswer {
    precondition(
      (0...ForecastQuestion.longestHorizon).contains(question.horizon), "a horizon has 0 to 1,000,000 steps")
    var findings: [String] = []
    var asked = (question.seasons.isEmpty ? question.usualSeasons : question.seasons).filter { $0 > 1 }
    asked = Array(Set(asked)).sorted()
    let most = max(EnsembleForecaster.mostPoints, 5 * (asked.last { $0 <= 100_000 } ?? 1))
    var raw = Array(question.values.suffix(most)).map { $0.isFinite ? $0 : Double.nan }
    if question.values.count > most { findings.append("The last \(most) of \(question.values.count) values count.") }
    let strange = question.values.reduce(0) { $0 + ($1.isInfinite ? 1 : 0) }
    if strange > 0 { findings.append("\(strange) infinite value\(strange == 1 ? "" : "s") counted as missing.") }
    if let first = raw.firstIndex(where: { !$0.isNaN }), first > 0 { raw.removeFirst(first) }
    var unit = 0.0
    for v in raw where !v.isNaN { unit = max(unit, abs(v)) }
    guard raw.contains(where: { !$0.isNaN }) else {
      return ForecastAnswer(certain: 0, horizon: question.horizon, finding: "No value is known: the forecast is zero.")
    }
    guard question.horizon > 0 else {
      return ForecastAnswer(certain: 0, horizon: 0, finding: "The horizon has no step: there is nothing to forecast.")
    }
    guard let lastKnown = raw.last(where: { !$0.isNaN }), raw.contains(where: { !$0.isNaN && $0 != lastKnown }) else {
      let value = raw.last { !$0.isNaN } ?? 0
      let finding =
        raw.count == 1
        ? "A single value is known: the forecast repeats it, its range cannot be told."
        : "Every known value is \(value): the forecast repeats it, its range cannot be told."
      return ForecastAnswer(certain: value, horizon: question.horizon, finding: finding)
    }
    let gaps = raw.reduce(0) { $0 + ($1.isNaN ? 1 : 0) }
    if gaps > 0 { findings.append("\(gaps) of \(raw.count) values are missing and were filled from their seasons.") }
    // In units of the largest value: neither 10^300 nor 10^-300 overflows a square.
    let truth = raw.map { $0 / unit }
    let seasons = asked.filter { $0 <= raw.count }
    if let missing = asked.first(where: { $0 > raw.count }) {
      findings.append("The history is shorter than the season of \(missing) steps, which is left out.")
    }
    let course = SeriesCourse(of: truth, question)
    let steady = course.past.isEmpty ? truth : zip(truth, course.past).map { $0 / $1 }
    guard let values = GapFilling.fill(steady, season: seasons.first ?? 1) else {
      return ForecastAnswer(certain: 0, horizon: question.horizon, finding: "No value is known: the forecast is zero.")
    }
    var run = EnsembleRun(
      values: values, truth: steady, horizon: question.horizon, seasons: seasons,
      stepSeconds: question.stepSeconds)
    run.gather(prior: prior)
    return course.applied(to: run.answer(unit: unit, findings: findings))
  }
}
