/// Why a text is no formula of columns.
public struct SeriesFormulaError: Error, Hashable, Sendable {
  public let problem: String
  public let remedy: String
}

/// Which sums a table's columns make.
///
/// `service / region` nests: sums by service, and of all. `service * region` crosses: sums by service, by region, and
/// of all. Both stand for sets of levels, each level a set of columns: a column alone gives {} and {it}; `a / b` the
/// levels of `a`, and those of `b` within all of `a`; `a * b` each level of `a` with each of `b`. The operators bind
/// alike, from the left; parentheses group. A name with blanks or operators stands in backticks. The notation is that
/// of `aggregate_key` in fabletools, which took it from R's formulas (Wilkinson and Rogers, 1973, "Symbolic description
/// of factorial models for analysis of variance").
public struct SeriesFormula: Hashable, Sendable {
  /// The columns in the order in which they are named.
  public let columns: [String]
  /// Places in ``columns``, ascending; the sum of all (no column) first, the finest (all columns) last.
  public let levels: [[Int]]

  /// Columns at most: eight crossed ones make 256 levels.
  static let mostColumns = 8

  /// Whether a text is meant as a formula rather than as a separator: it has a letter, a digit or a backtick.
  public static func isFormula(_ text: String) -> Bool {
    text.contains { $0.isLetter || $0.isNumber || $0 == "`" }
  }

  public init(_ text: String) throws(SeriesFormulaError) {
    var parser = FormulaParser(text: Array(text))
    let masks = try parser.formula(depth: 0)
    guard parser.peek() == nil else {
      throw SeriesFormulaError(
        problem: "has '\(parser.text[parser.at])' where '/', '*' or the end should be",
        remedy: "write 'service / region' for nested columns, 'service * region' for crossed ones")
    }
    let columns = parser.columns
    self.columns = columns
    levels = masks.map { mask in columns.indices.filter { mask & (1 << $0) != 0 } }
      .sorted { a, b in a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b) }
  }

  /// `total`, `service`, `service / region`.
  public func name(of level: [Int]) -> String {
    level.isEmpty ? SeriesHierarchy.total : level.map { columns[$0] }.joined(separator: " / ")
  }
}

/// Reads a formula from the left; levels are bit sets of columns.
private struct FormulaParser {
  let text: [Character]
  var at = 0
  var columns: [String] = []

  init(text: [Character]) { self.text = text }

  mutating func peek() -> Character? {
    while at < text.count, text[at].isWhitespace { at += 1 }
    return at < text.count ? text[at] : nil
  }

  mutating func formula(depth: Int) throws(SeriesFormulaError) -> Set<Int> {
    var left = try term(depth: depth)
    while let sign = peek(), sign == "/" || sign == "*" {
      at += 1
      let right = try term(depth: depth)
      let whole = left.reduce(0, |)
      left =
        sign == "/"
        ? left.union(right.map { $0 | whole }) : Set(left.flatMap { a in right.map { a | $0 } })
    }
    return left
  }

  private mutating func term(depth: Int) throws(SeriesFormulaError) -> Set<Int> {
    guard let next = peek() else {
      throw SeriesFormulaError(problem: "ends where a column should be named", remedy: "name a column of the file")
    }
    if next == "(" {
      guard depth < 16 else {
        throw SeriesFormulaError(problem: "nests too deeply", remedy: "leave parentheses out where they do not matter")
      }
      at += 1
      let inner = try formula(depth: depth + 1)
      guard peek() == ")" else {
        throw SeriesFormulaError(problem: "has a parenthesis that is not closed", remedy: "add a ')'")
      }
      at += 1
      return inner
    }
    var name = ""
    if next == "`" {
      at += 1
      while at < text.count, text[at] != "`" {
        name.append(text[at])
        at += 1
      }
      guard at < text.count else {
        throw SeriesFormulaError(problem: "has a backtick that is not closed", remedy: "add a '`' behind the name")
      }
      at += 1
    } else {
      while at < text.count, !"/*()`".contains(text[at]) {
        name.append(text[at])
        at += 1
      }
      while name.last?.isWhitespace == true { name.removeLast() }
    }
    guard !name.isEmpty else {
      throw SeriesFormulaError(
        problem: "has '\(next)' where a column should be named", remedy: "name a column of the file")
    }
    guard !columns.contains(name) else {
      throw SeriesFormulaError(problem: "names '\(name)' twice", remedy: "name each column once")
    }
    guard columns.count < SeriesFormula.mostColumns else {
      throw SeriesFormulaError(
        problem: "names more than \(SeriesFormula.mostColumns) columns", remedy: "leave the finest ones out")
    }
    columns.append(name)
    return [0, 1 << (columns.count - 1)]
  }
}
