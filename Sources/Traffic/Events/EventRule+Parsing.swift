import Quantities

extension EventRule {
  /// Reads a rule as people say it; case, commas, "the" and "on" do not matter:
  ///
  /// - `2026-11-27`, `27 November 2026`, `November 27, 2026`
  /// - `25 December`, `Dec 25`, `11-11` (month-day)
  /// - `fourth Thursday of November`, `last Sunday of March`, `2nd Tuesday of every month`
  /// - `day 1 of every month`, `last day of every month`
  /// - `every Friday`, `every day`
  /// - `every 2 weeks from 2026-01-05`, `every 10 days from 2026-01-05`, `every second Tuesday from 2026-01-06`; a
  ///   weekday counts from the first one on or after the date
  /// - `Easter Sunday`
  /// - `Friday after RULE`, `Monday before RULE`, `2 days before RULE`, `day after RULE`
  ///
  /// - Throws: `QuantityError` with the forms that would do.
  public static func parse(_ text: String) throws(QuantityError) -> EventRule {
    let fail = QuantityError(
      problem: "is not a date or a rule for one",
      remedy: "write 2026-11-27, 25 December, last Sunday of March, every Friday, every 2 weeks from "
        + "2026-01-05, day 1 of every month, or Friday after the fourth Thursday of November")
    guard text.utf8.count <= 300 else { throw fail }
    let separators: Set<Character> = [" ", ",", "\t"]
    let fillers: Set<String> = ["the", "on"]
    let words = text.lowercased().split(whereSeparator: separators.contains).map(String.init)
      .filter { !fillers.contains($0) }
    guard let rule = rule(words[...]) else { throw fail }
    return rule
  }

  /// `2 weeks`, `10 days`, `week`, `2 weeks Friday`, `other Tuesday`, `second Tuesday`, each with its first day.
  private static func every(_ words: ArraySlice<String>, from date: ArraySlice<String>) -> EventRule? {
    guard case .date(let start) = rule(date) else { return nil }
    var words = Array(words)
    var first = start
    if words.count > 1, let last = words.last, let day = weekday(last) {
      first = start + (day.rawValue - start.weekday.rawValue + 7) % 7
      words.removeLast()
      // `every second Tuesday`: weeks are meant.
      if words.count == 1 { words.append("weeks") }
    }
    if words.count == 1 { words.insert("1", at: 0) }
    guard words.count == 2, let unit = ["day": 1, "days": 1, "week": 7, "weeks": 7][words[1]],
      let n = Int(words[0]) ?? (words[0] == "other" ? 2 : ordinal(words[0])), (1...1000).contains(n)
    else { return nil }
    return .every(days: n * unit, from: first)
  }

  private static func rule(_ words: ArraySlice<String>) -> EventRule? {
    if words.first == "every", let at = words.firstIndex(of: "from") {
      return every(words[(words.startIndex + 1)..<at], from: words[(at + 1)...])
    }
    if let at = words.firstIndex(where: { $0 == "after" || $0 == "before" }), let inner = rule(words[(at + 1)...]) {
      let sign = words[at] == "after" ? 1 : -1
      let head = Array(words[..<at])
      if head.count == 1, let day = weekday(head[0]) {
        return sign > 0 ? .weekdayAfter(day, inner) : .weekdayBefore(day, inner)
      }
      if head == ["day"] { return .shifted(days: sign, inner) }
      if head.count == 2, head[1] == "day" || head[1] == "days", let n = Int(head[0]), (1...366).contains(n) {
        return .shifted(days: sign * n, inner)
      }
      return nil
    }
    let list = Array(words)
    switch list.count {
    case 1:
      if list[0] == "easter" { return .easter }
      return date(list[0])
    case 2:
      if list == ["easter", "sunday"] { return .easter }
      if list == ["every", "day"] { return .daily }
      if list[0] == "every", let day = weekday(list[1]) { return .weekly(day) }
      if let month = month(list[1]), let day = dayOfMonth(list[0]) { return yearly(month, day) }
      if let month = month(list[0]), let day = dayOfMonth(list[1]) { return yearly(month, day) }
      return nil
    case 3:
      guard let year = Int(list[2]), (1000...9999).contains(year) else { return nil }
      if let month = month(list[1]), let day = dayOfMonth(list[0]) {
        return CivilDate(year: year, month: month, day: day).map { .date($0) }
      }
      if let month = month(list[0]), let day = dayOfMonth(list[1]) {
        return CivilDate(year: year, month: month, day: day).map { .date($0) }
      }
      return nil
    case 4:
      // nth WEEKDAY of MONTH
      guard let n = ordinal(list[0]), list[2] == "of" || list[2] == "in", let day = weekday(list[1]),
        let month = month(list[3])
      else { return nil }
      return .nthWeekday(n, day, month: month)
    case 5:
      guard list[2] == "of", list[3] == "every" || list[3] == "each", list[4] == "month" else { return nil }
      if list[0] == "day", let day = dayOfMonth(list[1]) { return .monthly(day: day) }
      guard let n = ordinal(list[0]) else { return nil }
      if list[1] == "day" { return .monthly(day: n) }
      return weekday(list[1]).map { .nthWeekday(n, $0, month: nil) }
    default: return nil
    }
  }

  private static func yearly(_ month: Int, _ day: Int) -> EventRule? {
    // 2024 is a leap year, so that the 29th of February counts as a day.
    CivilDate(year: 2024, month: month, day: day) == nil ? nil : .yearly(month: month, day: day)
  }

  /// `2026-11-27` or `11-27`.
  private static func date(_ text: String) -> EventRule? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil }
    guard numbers.count == parts.count else { return nil }
    switch parts.count {
    case 3 where parts[0].count == 4:
      return CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]).map { .date($0) }
    case 2: return yearly(numbers[0], numbers[1])
    default: return nil
    }
  }

  private static func weekday(_ word: String) -> Weekday? {
    Weekday.allCases.first { day in
      let name = day.name.lowercased()
      return word == name || (word.count >= 3 && word.count <= 4 && name.hasPrefix(word)) || word == name + "s"
    }
  }

  private static func month(_ word: String) -> Int? {
    monthNames.firstIndex { name in
      let name = name.lowercased()
      return word == name || (word.count >= 3 && word.count <= 4 && name.hasPrefix(word))
    }.map { $0 + 1 }
  }

  private static func dayOfMonth(_ word: String) -> Int? {
    var digits = word[...]
    for suffix in ["st", "nd", "rd", "th"] where digits.hasSuffix(suffix) {
      digits = digits.dropLast(2)
      break
    }
    guard let day = Int(digits), (1...31).contains(day) else { return nil }
    return day
  }

  private static func ordinal(_ word: String) -> Int? {
    switch word {
    case "first", "1st": 1
    case "second", "2nd": 2
    case "third", "3rd": 3
    case "fourth", "4th": 4
    case "fifth", "5th": 5
    case "last": -1
    default: nil
    }
  }
}
