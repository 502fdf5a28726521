import Catalogs
import Glibc
import Quantities
import Serving

/// Small words around numbers.
enum Wording {
  /// `1 replica`, `65 replicas`, `1,200 replicas`.
  static func count(_ n: Int, _ noun: String, plural: String? = nil) -> String {
    "\(NumberFormat.grouped(Double(n))) \(n == 1 ? noun : plural ?? noun + "s")"
  }

  /// `241 g5.xlarge`, or of several types `382 machines (294 g5.xlarge and 88 g5.2xlarge)`.
  static func machines(of fleet: Fleet) -> String {
    let types = fleet.machinesByType.filter { $0.count > 0 }
    let named = types.filter { $0.machine.isNamed }.map { count($0.count, $0.machine.name, plural: $0.machine.name) }
    if let only = named.first, types.count == 1 { return only }
    return count(fleet.machineCount, "machine") + (named.isEmpty ? "" : " (\(list(named)))")
  }

  /// `a`, `a and b`, `a, b and c`.
  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  /// `Tuesday 24 November`, with the year where it is not that of `now`.
  static func day(_ date: CivilDate, now: CivilDate) -> String {
    let (y, m, d) = date.parts
    return "\(date.weekday.name) \(d) \(monthNames[m - 1])" + (y == now.year ? "" : " \(y)")
  }

  /// `the 23rd` within the month of another date, else `23 November`.
  static func nearDay(_ date: CivilDate, beside other: CivilDate) -> String {
    let (y, m, d) = date.parts
    if m == other.month, y == other.year { return "the \(ordinal(d))" }
    return "\(d) \(monthNames[m - 1])" + (y == other.year ? "" : " \(y)")
  }

  /// `1st`, `2nd`, `3rd`, `11th`.
  static func ordinal(_ n: Int) -> String {
    let suffix =
      switch (n % 10, n % 100) {
      case (_, 11...13): "th"
      case (1, _): "st"
      case (2, _): "nd"
      case (3, _): "rd"
      default: "th"
      }
    return "\(n)\(suffix)"
  }

  /// A share as people write it: `34 %`, `0.7 %`, `99.94 %`.
  static func percent(_ share: Double) -> String { NumberFormat.share(share) }

  /// A change with its sign: `+34 %`, `-5 %`.
  static func change(_ share: Double) -> String {
    let text = percent(abs(share))
    return (share < 0 && text != "0 %" ? "-" : "+") + text
  }

  /// A probability in words that can be pictured: `about 1 in 20`, `fewer than 1 in 200`.
  static func odds(_ probability: Double) -> String {
    guard probability.isFinite, probability > 0 else { return "none" }
    if probability >= 0.95 { return "nearly all" }
    if probability >= 0.4 { return "\(NumberFormat.fixed((probability * 10).rounded(), decimals: 0)) in 10" }
    let n = (1 / probability).rounded()
    return n > 200 ? "fewer than 1 in 200" : "about 1 in \(NumberFormat.fixed(n, decimals: 0))"
  }

  /// A share of sampled futures: `about 1 in 20 futures`, `none of the sampled futures`.
  static func futures(_ probability: Double) -> String {
    probability > 0 ? odds(probability) + " futures" : "none of the sampled futures"
  }

  /// `14:00`, `Tuesday 04:00`.
  static func hour(_ hour: Int) -> String { TimeAxis.clock(hour * 3600) }
  static func hourOfWeek(_ index: Int) -> String {
    "\(Weekday.allCases[(index / 24) % 7].name) \(hour(index % 24))"
  }

  /// `24 Nov 2026, 18:00`, by the clock of a zone.
  static func moment(_ time: Timestamp, zone: TimeZoneRules) -> String {
    let (date, second) = zone.local(time)
    return "\(date.day) \(monthNames[date.month - 1].prefix(3)) \(date.year), \(TimeAxis.clock(second))"
  }

  /// Minutes as a span: `45 s`, `14 min`, `2 h 5 min`.
  static func minutes(_ minutes: Double) -> String {
    guard minutes.isFinite else { return "-" }
    return NumberFormat.duration(.seconds((max(0, minutes) * 60).rounded()))
  }

  /// The first letter in upper case.
  static func sentence(_ text: String) -> String {
    guard let first = text.first else { return "" }
    return first.uppercased() + text.dropFirst()
  }

  /// Remarks as sentences one behind the other: the first letter of each in upper case, a full stop at its end.
  static func sentences(_ remarks: [String]) -> String {
    remarks.filter { !$0.isEmpty }.map { remark in
      let closed = remark.last.map { ".!?:".contains($0) } ?? true
      // A remark that begins with a name in code, or with an address, keeps its letters.
      let isName = remark.first == "`" || remark.prefix { $0 != " " }.contains("://")
      return (isName ? remark : sentence(remark)) + (closed ? "" : ".")
    }.joined(separator: " ")
  }

  // MARK: Figures that somebody may not have seen

  /// Three digits; a dash where nobody saw it.
  static func figure(_ value: Double?) -> String { value.map { NumberFormat.significant($0, 3) } ?? "-" }
  static func count(_ value: Int?) -> String { value.map { NumberFormat.grouped(Double($0)) } ?? "-" }

  /// How long demand was above capacity: `3 min`, `none`.
  static func overload(_ service: ServiceRecord) -> String {
    guard let overload = service.overload else { return "-" }
    return overload > .zero ? NumberFormat.duration(overload) : "none"
  }

  /// A bound as a column or a fact has it: `within 200 ms`, `time to first token within 500 ms`.
  static func within(_ bound: LatencyBound) -> String {
    (bound.metric == .response ? "" : "\(bound.metric.title) ") + "within \(NumberFormat.duration(bound.limit))"
  }
}
