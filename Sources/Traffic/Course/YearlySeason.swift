import Glibc
import Quantities

/// The course of the year by its weeks: what demand is at a time of the year over what it is on average, apart from growth
/// and lasting changes of level.
///
/// The logarithms of weekly levels are a level that bends seldom plus a season of 52 parts: penalised least squares with the
/// level's second differences in absolute value (l1 trend filtering; Kim, Koh, Boyd and Gorinevsky, 2009, SIAM Review 51),
/// residuals by Huber's weights, so that a campaign of one year is no season, both by reweighting. The year over year change
/// of the same weeks thus tells growth and season apart as soon as weeks recur.
///
/// The season is drawn towards none by its own doubt: with two years and more the noise of a week's mean against the
/// season's variance (James and Stein); of a single year nothing says that it recurs, and `trustOfOne` of it counts.
public struct YearlySeason: Hashable, Sendable {
  /// The logarithm by 52nd of the year, the first from the end of the history on; drawn towards zero.
  let parts: [Double]
  /// How much of the season that was seen counts, 0 to 1.
  public let trust: Double
  /// Years of history.
  public let years: Double
  /// The end of the history, in seconds since 1970; 0 where only distances from it count.
  let end: Double

  /// Weeks from which a year is told: 13 months.
  static let leastWeeks = 57
  /// Weeks looked at, at most: six years.
  static let mostWeeks = 313
  static let weeksAYear = 365.2425 / 7
  static let count = 52
  /// Of a single year: seasons of seven in ten services come again, in whole or in part. 0.4 leaves a tenth more error on
  /// made series, 0.8 does as much harm where the level only wanders.
  static let trustOfOne = 0.6
  /// Price of a bend of the level, and of differences and size of the season's parts; half or twice as much moves the error
  /// on made series by less than a twentieth.
  static let bendPrice = 2.0
  static let roughness = 0.3
  static let size = 0.02
  static let rounds = 6
  /// Below it the season is left out: it would move nothing.
  static let leastTrust = 0.1

  /// - Parameters:
  ///   - levels: one a unit of time, NaN where unknown, without daily and weekly rhythm or in whole weeks of it.
  ///   - unitSeconds: a week or a part of one; longer units have no season here.
  ///   - end: of the last of them, in seconds since 1970.
  init?(levels: [Double], unitSeconds: Double, end: Double = 0) {
    let each = Int((604_800 / max(unitSeconds, 1e-9)).rounded())
    guard each >= 1, abs(Double(each) * unitSeconds - 604_800) < 0.01 * 604_800 else { return nil }
    let weeks = min(YearlySeason.mostWeeks, levels.count / each)
    guard weeks >= YearlySeason.leastWeeks else { return nil }
    let first = levels.count - weeks * each
    let y = (0..<weeks).map { k -> Double in
      var (sum, known) = (0.0, 0)
      for i in first + k * each..<first + (k + 1) * each where !levels[i].isNaN {
        sum += levels[i]
        known += 1
      }
      return 2 * known >= each && sum > 0 ? log(sum / Double(known)) : .nan
    }
    guard y.count(where: { !$0.isNaN }) >= YearlySeason.leastWeeks - 7, let fit = Fit(y) else { return nil }
    let m = Double(weeks) / YearlySeason.weeksAYear
    let variance = Statistics.mean(fit.season.map { $0 * $0 }) ?? 0
    let noise: Double
    var trust = 1.0
    if m >= 1.8 {
      noise = (Statistics.mean(fit.rest.map { $0 * $0 }) ?? 0) / max(m - 1, 0.8)
    } else {
      noise = 0.002
      trust = YearlySeason.trustOfOne
    }
    trust *= max(0, 1 - noise / max(variance, 1e-12))
    guard trust >= YearlySeason.leastTrust else { return nil }
    self.trust = trust
    self.end = end
    years = m
    parts = fit.season.map { $0 * trust }
  }

  /// The logarithm of the season so many weeks after the end of the history; negative before it.
  func logarithm(afterWeeks weeks: Double) -> Double {
    let turn = weeks / YearlySeason.weeksAYear
    let place = (turn - turn.rounded(.down)) * Double(YearlySeason.count)
    let low = Int(place) % YearlySeason.count
    let share = place - place.rounded(.down)
    return parts[low] + (parts[(low + 1) % YearlySeason.count] - parts[low]) * share
  }

  /// The factor so many seconds after a moment.
  func factor(at time: Timestamp, after seconds: Double = 0) -> Double {
    exp(logarithm(afterWeeks: (Double(time.nanosecondsSinceEpoch) / 1e9 + seconds - end) / 604_800))
  }

  /// The factors of steps in a row.
  ///
  /// - Parameter first: the start of the first, in seconds from the end of the history.
  func factors(from first: Double, step: Double, count: Int) -> [Double] {
    (0..<count).map { exp(logarithm(afterWeeks: (first + (Double($0) + 0.5) * step) / 604_800)) }
  }

  /// The season of a series' year; nil where it covers less than 13 months or has no season that stands out.
  public init?(of series: TimeSeries<RequestRate>, zone: TimeZoneRules, events: [KnownEvent] = []) {
    guard let found = SeasonalFit(of: series, zone: zone, events: events).yearly else { return nil }
    self = found
  }

  /// Whether a horizon of so many seconds reaches into seasons that a history cannot know: four weeks and more without a
  /// year.
  static func isMissed(history: Double, horizon: Double) -> Bool {
    horizon >= 28 * 86_400 && history < Double(leastWeeks) * 604_800
  }
  static func missing(history seconds: Double) -> String {
    let weeks = Int(seconds / 604_800)
    return
      "The history has \(weeks) week\(weeks == 1 ? "" : "s"), the season of the year shows from \(leastWeeks) on: the horizon reaches into times of the year that it has not seen, and takes them for ordinary."
  }

  /// What is told of it.
  var sentence: String {
    let percent = { (v: Double) in NumberFormat.significant(abs(expm1(v)) * 100, 2) }
    let (high, low) = (parts.max() ?? 0, parts.min() ?? 0)
    let seen = NumberFormat.fixed(years, decimals: 1)
    let weight = NumberFormat.fixed(trust * 100, decimals: 0)
    return
      "Season of the year from \(seen) years: \(percent(high)) % above to \(percent(low)) % below its mean, counted with \(weight) % of what was seen."
  }

  /// The highest part of the year over the mean of the year.
  public var most: Factor { Factor(rawValue: exp(parts.max() ?? 0)) }
}

extension YearlySeason {
  /// The split of weekly logarithms into level, season and rest.
  private struct Fit {
    var season: [Double]
    var rest: [Double]

    init?(_ y: [Double]) {
      let (weeks, parts) = (y.count, YearlySeason.count)
      // Where each week lies between two parts of the season.
      let places = (0..<weeks).map { k -> (low: Int, high: Int, share: Double) in
        let turn = (Double(k - weeks) + 0.5) / YearlySeason.weeksAYear
        let place = (turn - turn.rounded(.down)) * Double(parts)
        let low = Int(place) % parts
        return (low, (low + 1) % parts, place - place.rounded(.down))
      }
      let known = y.map { $0.isNaN ? 0.0 : 1.0 }
      let value = y.map { $0.isNaN ? 0 : $0 }
      var weight = known
      var bends = [Double](repeating: YearlySeason.bendPrice * 50, count: weeks - 2)
      season = [Double](repeating: 0, count: parts)
      rest = []
      for _ in 0..<YearlySeason.rounds {
        // The level's part of the equations has five diagonals; it is eliminated first.
        var diagonal = weight.map { $0 + 1e-9 }
        var next = [Double](repeating: 0, count: weeks)
        var second = next
        for i in bends.indices {
          diagonal[i] += bends[i]
          diagonal[i + 1] += 4 * bends[i]
          diagonal[i + 2] += bends[i]
          next[i] -= 2 * bends[i]
          next[i + 1] -= 2 * bends[i]
          second[i] += bends[i]
        }
        for i in 0..<weeks {
          if i > 0 { diagonal[i] -= next[i - 1] * next[i - 1] * diagonal[i - 1] }
          if i > 1 { diagonal[i] -= second[i - 2] * second[i - 2] * diagonal[i - 2] }
          guard diagonal[i] > 1e-12 else { return nil }
          if i > 0 { next[i] -= second[i - 1] * diagonal[i - 1] * next[i - 1] }
          next[i] /= diagonal[i]
          second[i] /= diagonal[i]
        }
        // Columns: the season's parts, and the right side.
        let width = parts + 1
        var x = [Double](repeating: 0, count: weeks * width)
        for k in 0..<weeks {
          x[k * width + places[k].low] += weight[k] * (1 - places[k].share)
          x[k * width + places[k].high] += weight[k] * places[k].share
          x[k * width + parts] = weight[k] * value[k]
        }
        for i in 0..<weeks {
          for c in 0..<width {
            if i > 0 { x[i * width + c] -= next[i - 1] * x[(i - 1) * width + c] }
            if i > 1 { x[i * width + c] -= second[i - 2] * x[(i - 2) * width + c] }
          }
        }
        for i in stride(from: weeks - 1, through: 0, by: -1) {
          for c in 0..<width {
            var v = x[i * width + c] / diagonal[i]
            if i + 1 < weeks { v -= next[i] * x[(i + 1) * width + c] }
            if i + 2 < weeks { v -= second[i] * x[(i + 2) * width + c] }
            x[i * width + c] = v
          }
        }
        var system = [Double](repeating: 0.5 / Double(parts), count: parts * width)
        for p in 0..<parts {
          system[p * width + parts] = 0
          system[p * width + p] += YearlySeason.size + YearlySeason.roughness / 2
          system[p * width + (p + 1) % parts] -= YearlySeason.roughness / 4
          system[p * width + (p + parts - 1) % parts] -= YearlySeason.roughness / 4
        }
        for k in 0..<weeks {
          let place = places[k]
          for (row, share) in [(place.low, 1 - place.share), (place.high, place.share)] {
            let w = weight[k] * share
            system[row * width + place.low] += w * (1 - place.share)
            system[row * width + place.high] += w * place.share
            system[row * width + parts] += w * value[k]
            for c in 0..<width { system[row * width + c] -= w * x[k * width + c] }
          }
        }
        let right = (0..<parts).map { system[$0 * width + parts] }
        let square = (0..<parts).flatMap { system[($0 * width)..<($0 * width + parts)] }
        guard let solved = LinearSystem.solve(square, right) else { return nil }
        season = solved
        let level = (0..<weeks).map { k -> Double in
          var v = x[k * width + parts]
          for c in 0..<parts { v -= x[k * width + c] * season[c] }
          return v
        }
        var all = [Double](repeating: 0, count: weeks)
        for k in 0..<weeks where known[k] > 0 {
          let (low, high, share) = places[k]
          let seasonal: Double = season[low] * (1 - share) + season[high] * share
          all[k] = value[k] - level[k] - seasonal
        }
        rest = all.indices.filter { known[$0] > 0 }.map { all[$0] }
        let spread = max(1.4826 * (Statistics.median(rest.map { abs($0) }) ?? 0), 0.005)
        for k in 0..<weeks { weight[k] = known[k] * min(1, 1.5 * spread / max(abs(all[k]), 1e-12)) }
        for i in bends.indices {
          let bend = abs(level[i] - 2 * level[i + 1] + level[i + 2])
          bends[i] = YearlySeason.bendPrice * spread / max(bend, 1e-3) / 0.02
        }
      }
      guard season.allSatisfy({ $0.isFinite }) else { return nil }
      let mean = season.reduce(0, +) / Double(parts)
      season = season.map { $0 - mean }
    }
  }
}
