import Glibc
import Quantities

/// The calendar of a history, in which days are looked for that recur by a rule.
///
/// Rules stand in families. A rule's chance is that of so many of its days being among the flagged ones if these were
/// strewn over the history at random (the hypergeometric distribution, Fisher's exact test); it is multiplied by the
/// number of rules in its family, of families and of looks taken (Bonferroni; by families, so that few well-known days
/// need not pay for the hundreds of others: Genovese, Roeder, Wasserman, 2006, "False discovery control with p-value
/// weighting").
struct RecurringDays {
  enum Family: Int, CaseIterable {
    /// Days that are known for their traffic: holidays and sales.
    case known
    case dayOfMonth, weekdayOfMonth, weeks, days
    /// Any other day of the year, by date or by weekday of its month.
    case yearly

    /// Occurrences from which a rule is told.
    var least: Int { self == .known || self == .yearly ? 2 : 3 }
  }
  struct Found {
    var rule: EventRule
    var name: String?
    /// Day numbers of the rule that are known, and those of them that were flagged.
    var days: [Int]
    var hits: [Int]
    /// Logarithm of the chance that any rule fits as well on days without one.
    var logChance: Double
    /// A rule that names the same days of the history and others later.
    var alternative: EventRule?
  }

  /// Distances looked for.
  static let weeks = [2, 3, 4, 6, 8]
  static let days = [2, 3, 4, 5, 6, 8, 9, 10, 15, 20, 30]
  /// A rule must hit so many of its own days.
  static let leastShare = 0.75
  /// The chance of a series without recurring days to be told one.
  static let chance = 0.05

  private let firstDate: CivilDate
  private let eligible: [Bool]
  private let named: [(name: String, rule: EventRule)]
  private let families: [Range<Int>]
  /// Keys of each day, packed, with their starts.
  private var keys: [Int32] = []
  private var starts: [Int] = [0]
  /// Eligible days of each key, and by weekday.
  private var count: [Int32]
  private var perWeekday = [Int](repeating: 0, count: 7)
  let chances: CountChances

  /// - Parameter eligible: whether each day from `firstDate` on is known and free of known events.
  init(firstDate: CivilDate, eligible: [Bool]) {
    self.firstDate = firstDate
    self.eligible = eligible
    let named = eligible.count > 366 ? EventCatalog.knownDays : []
    self.named = named
    let sizes = [
      named.count, 32, 35, 7 * RecurringDays.weeks.reduce(0, +), RecurringDays.days.reduce(0, +), 366 + 12 * 35,
    ]
    var from = 0
    families = sizes.map { size in
      defer { from += size }
      return from..<from + size
    }
    count = [Int32](repeating: 0, count: from)
    chances = CountChances(upTo: eligible.count)
    var knownKeys: [Int: [Int32]] = [:]
    if !named.isEmpty {
      let range = firstDate...(firstDate + eligible.count - 1)
      for (k, day) in named.enumerated() {
        for date in day.rule.dates(in: range) { knownKeys[date - firstDate, default: []].append(Int32(k)) }
      }
    }
    keys.reserveCapacity(eligible.count * 24)
    for d in eligible.indices {
      addKeys(of: firstDate + d, knownKeys[d] ?? [], isLong: !named.isEmpty)
      starts.append(keys.count)
      guard eligible[d] else { continue }
      for k in keys[starts[d]...] { count[Int(k)] += 1 }
      perWeekday[(firstDate + d).weekday.rawValue] += 1
    }
  }

  private mutating func addKeys(of date: CivilDate, _ known: [Int32], isLong: Bool) {
    let (year, month, day) = date.parts
    let length = CivilDate.days(inMonth: month, of: year)
    let weekday = date.weekday.rawValue
    let number = date.daysSinceEpoch
    keys += known
    func add(_ family: Family, _ offset: Int) { keys.append(Int32(families[family.rawValue].lowerBound + offset)) }
    add(.dayOfMonth, day - 1)
    if day == length { add(.dayOfMonth, 31) }
    let place = (day - 1) / 7
    let places = place < 4 ? [place] + (day + 7 > length ? [4] : []) : [4]
    for p in places { add(.weekdayOfMonth, p * 7 + weekday) }
    var offset = 0
    for n in RecurringDays.weeks {
      add(.weeks, offset + RecurringDays.phase(number, 7 * n))
      offset += 7 * n
    }
    offset = 0
    for n in RecurringDays.days {
      add(.days, offset + RecurringDays.phase(number, n))
      offset += n
    }
    guard isLong else { return }
    // 2024 is a leap year: each day of it has a number of its own.
    if let leap = CivilDate(year: 2024, month: month, day: day), let new = CivilDate(year: 2024, month: 1, day: 1) {
      add(.yearly, leap - new)
    }
    for p in places { add(.yearly, 366 + (month - 1) * 35 + p * 7 + weekday) }
  }

  private static func phase(_ number: Int, _ n: Int) -> Int { (number % n + n) % n }

  // MARK: - Search

  /// The rule that fits flagged days best, where one fits better than chance.
  ///
  /// - Parameters:
  ///   - flagged: numbers of eligible days, ascending.
  ///   - looks: how many sets of flagged days are looked at in all.
  func best(of flagged: [Int], looks: Int) -> Found? {
    guard flagged.count >= 2 else { return nil }
    let total = eligible.reduce(0) { $0 + ($1 ? 1 : 0) }
    var hits: [Int32: Int32] = [:]
    var byWeekday = [Int](repeating: 0, count: 7)
    for d in flagged {
      for k in keys[starts[d]..<starts[d + 1]] { hits[k, default: 0] += 1 }
      byWeekday[(firstDate + d).weekday.rawValue] += 1
    }
    let sizes = families.enumerated().map { i, range -> Int in
      let least = Int32(Family(rawValue: i)?.least ?? 3)
      return range.reduce(0) { $0 + (count[$1] >= least ? 1 : 0) }
    }
    let tried = Double(looks * sizes.filter { $0 > 0 }.count)
    var best: (key: Int, log: Double)?
    var fitting: [(key: Int, hits: Int)] = []
    for (key, h) in hits {
      let (key, h, k) = (Int(key), Int(h), Int(count[Int(key)]))
      guard h >= 2, Double(h) >= RecurringDays.leastShare * Double(k) else { continue }
      let family = families.firstIndex { $0.contains(key) } ?? 0
      guard k >= Family(rawValue: family)?.least ?? 3 else { continue }
      var log = chances.logHypergeometric(h, of: k, flagged.count, of: total)
      if let w = weekday(of: key) {
        // Where this weekday, or its kind of day, is flagged often anyhow, the rule must do better than that.
        for days in [[w], w < 5 ? [0, 1, 2, 3, 4] : [5, 6]] {
          let others = days.reduce(-k) { $0 + perWeekday[$1] }
          let flagged = days.reduce(-h) { $0 + byWeekday[$1] }
          guard others > 0, flagged > 0 else { continue }
          log = max(log, chances.logBinomial(h, of: k, min(Double(flagged) / Double(others), 1)))
        }
      }
      log += Glibc.log(Double(sizes[family]) * tried)
      guard log <= Glibc.log(RecurringDays.chance) else { continue }
      fitting.append((key, h))
      // Of equals the family that is named first; a dictionary has no order of its own.
      if best.map({ (log, key) < ($0.log, $0.key) }) ?? true { best = (key, log) }
    }
    guard let best else { return nil }
    let days = eligible.indices.filter { eligible[$0] && keys[starts[$0]..<starts[$0 + 1]].contains(Int32(best.key)) }
    let set = Set(flagged)
    let hit = days.filter { set.contains($0) }
    let rivals = fitting.filter { other in
      other.key != best.key && other.hits == hit.count
        && hit.allSatisfy { keys[starts[$0]..<starts[$0 + 1]].contains(Int32(other.key)) }
    }.map(\.key).sorted()
    let own = rule(of: best.key)
    let end = firstDate + eligible.count
    let next = own.rule.next(onOrAfter: end)
    let alternative = rivals.lazy.map { rule(of: $0).rule }.first { $0.next(onOrAfter: end) != next }
    return Found(
      rule: own.rule, name: own.name, days: days, hits: hit, logChance: best.log, alternative: alternative)
  }

  /// The weekday that a rule holds to, or nil.
  private func weekday(of key: Int) -> Int? {
    let offset = { (family: Family) in key - families[family.rawValue].lowerBound }
    if families[Family.weekdayOfMonth.rawValue].contains(key) { return offset(.weekdayOfMonth) % 7 }
    if families[Family.weeks.rawValue].contains(key) {
      guard case .every(_, let date) = rule(of: key).rule else { return nil }
      return date.weekday.rawValue
    }
    if families[Family.yearly.rawValue].contains(key), offset(.yearly) >= 366 { return (offset(.yearly) - 366) % 7 }
    return nil
  }

  private func rule(of key: Int) -> (rule: EventRule, name: String?) {
    let family = families.firstIndex { $0.contains(key) }.flatMap { Family(rawValue: $0) } ?? .days
    var offset = key - families[family.rawValue].lowerBound
    func place(_ p: Int) -> Int { p == 4 ? -1 : p + 1 }
    func first(_ n: Int, _ phase: Int) -> EventRule {
      .every(days: n, from: firstDate + RecurringDays.phase(phase - firstDate.daysSinceEpoch, n))
    }
    switch family {
    case .known: return (named[offset].rule, named[offset].name)
    case .dayOfMonth: return (.monthly(day: offset == 31 ? -1 : offset + 1), nil)
    case .weekdayOfMonth:
      return (.nthWeekday(place(offset / 7), Weekday.allCases[offset % 7], month: nil), nil)
    case .weeks, .days:
      for n in family == .weeks ? RecurringDays.weeks.map({ 7 * $0 }) : RecurringDays.days {
        if offset < n { return (first(n, offset), nil) }
        offset -= n
      }
      return (.daily, nil)
    case .yearly:
      if offset >= 366 {
        offset -= 366
        return (
          .nthWeekday(place(offset % 35 / 7), Weekday.allCases[offset % 7], month: offset / 35 + 1), nil
        )
      }
      let date = (CivilDate(year: 2024, month: 1, day: 1) ?? firstDate) + offset
      return (.yearly(month: date.month, day: date.day), nil)
    }
  }
}
