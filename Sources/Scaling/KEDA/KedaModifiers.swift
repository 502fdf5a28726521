import Glibc

/// `advanced.scalingModifiers` of a ScaledObject: a formula over the triggers' values that takes the place of their metrics.
public struct KedaModifiers: Hashable, Sendable {
  /// As written, over the triggers' names.
  public var formula: String
  public var target: KubernetesQuantity
  public var activation: Double
  /// `metricType: Value` instead of AverageValue.
  public var isTotal: Bool
  /// The formula as it is computed; nil where it uses what is not known here.
  let expression: KedaExpression?

  public init(formula: String, target: KubernetesQuantity, activation: Double = 0, isTotal: Bool = false) {
    self.formula = formula
    self.target = target
    self.activation = activation
    self.isTotal = isTotal
    expression = KedaExpression(formula)
  }

  /// The value of the formula; nil where a name has none, or the formula cannot be computed here.
  public func value(_ values: (String) -> Double?) -> Double? {
    guard let value = expression?.value(values), value.isFinite else { return nil }
    return value
  }
  /// The names that it uses.
  public var names: Set<String> { expression?.names ?? [] }
}

/// A formula of expr-lang (the language of KEDA's formulas) as far as autoscalers use it: numbers, names, `+ - * / % ** ^`,
/// comparisons, `and or not && || !`, `a ? b : c`, `min max abs ceil floor round`. Truth is 1 and 0.
indirect enum KedaExpression: Hashable, Sendable {
  case number(Double)
  case name(String)
  case binary(String, KedaExpression, KedaExpression)
  case negated(KedaExpression)
  case not(KedaExpression)
  case choice(KedaExpression, KedaExpression, KedaExpression)
  case call(String, [KedaExpression])

  /// Nesting that is read: formulas of people have a handful.
  private static let depthLimit = 60

  init?(_ text: String) {
    guard text.utf8.count <= 4096, var parser = Parser(text), let made = parser.ternary(0), parser.isAtEnd else {
      return nil
    }
    self = made
  }

  var names: Set<String> {
    switch self {
    case .number: []
    case .name(let name): [name]
    case .binary(_, let a, let b): a.names.union(b.names)
    case .negated(let a), .not(let a): a.names
    case .choice(let a, let b, let c): a.names.union(b.names).union(c.names)
    case .call(_, let parts): parts.reduce(into: []) { $0.formUnion($1.names) }
    }
  }

  func value(_ values: (String) -> Double?) -> Double? {
    switch self {
    case .number(let value): return value
    case .name(let name): return values(name)
    case .negated(let a): return a.value(values).map { -$0 }
    case .not(let a): return a.value(values).map { $0 == 0 ? 1 : 0 }
    case .choice(let condition, let a, let b):
      guard let chosen = condition.value(values) else { return nil }
      return chosen != 0 ? a.value(values) : b.value(values)
    case .binary(let sign, let a, let b):
      guard let x = a.value(values) else { return nil }
      if sign == "&&", x == 0 { return 0 }
      if sign == "||", x != 0 { return 1 }
      guard let y = b.value(values) else { return nil }
      switch sign {
      case "+": return x + y
      case "-": return x - y
      case "*": return x * y
      case "/": return y == 0 ? nil : x / y
      case "%": return y == 0 ? nil : fmod(x, y)
      case "**", "^": return pow(x, y)
      case "<": return x < y ? 1 : 0
      case "<=": return x <= y ? 1 : 0
      case ">": return x > y ? 1 : 0
      case ">=": return x >= y ? 1 : 0
      case "==": return x == y ? 1 : 0
      case "!=": return x != y ? 1 : 0
      case "&&", "||": return y != 0 ? 1 : 0
      default: return nil
      }
    case .call(let name, let parts):
      let known = parts.compactMap { $0.value(values) }
      guard known.count == parts.count, let first = known.first else { return nil }
      switch name {
      case "min": return known.min()
      case "max": return known.max()
      case "abs" where known.count == 1: return abs(first)
      case "ceil" where known.count == 1: return first.rounded(.up)
      case "floor" where known.count == 1: return first.rounded(.down)
      case "round" where known.count == 1: return first.rounded()
      case "float", "int": return name == "int" ? first.rounded(.towardZero) : first
      default: return nil
      }
    }
  }

  // MARK: Reading

  private struct Parser {
    private var tokens: [String] = []
    private var at = 0

    var isAtEnd: Bool { at == tokens.count }

    init?(_ text: String) {
      let letters = Array(text)
      var i = 0
      func isName(_ c: Character) -> Bool { c.isLetter || c == "_" }
      while i < letters.count {
        let c = letters[i]
        if c.isWhitespace {
          i += 1
          continue
        }
        var end = i + 1
        if c.isNumber || c == "." {
          while end < letters.count, letters[end].isNumber || letters[end] == "." || letters[end] == "_" { end += 1 }
        } else if isName(c) {
          // Names of triggers may hold hyphens only in quotes; expr-lang reads a-b as a difference.
          while end < letters.count, isName(letters[end]) || letters[end].isNumber { end += 1 }
        } else if end < letters.count, ["<=", ">=", "==", "!=", "&&", "||", "**"].contains(String(letters[i...end])) {
          end += 1
        } else if !"+-*/%^()?:,<>!".contains(c) {
          return nil
        }
        tokens.append(String(letters[i..<end]))
        i = end
      }
      if tokens.isEmpty { return nil }
    }

    private mutating func take(_ words: Set<String>) -> String? {
      guard at < tokens.count, words.contains(tokens[at]) else { return nil }
      at += 1
      return tokens[at - 1]
    }

    mutating func ternary(_ depth: Int) -> KedaExpression? {
      guard depth < KedaExpression.depthLimit, let condition = binary(0, depth + 1) else { return nil }
      guard take(["?"]) != nil else { return condition }
      guard let a = ternary(depth + 1), take([":"]) != nil, let b = ternary(depth + 1) else { return nil }
      return .choice(condition, a, b)
    }

    /// Operators by how tightly they bind, the loosest first.
    private static let levels: [Set<String>] = [
      ["||", "or"], ["&&", "and"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"], ["**", "^"],
    ]

    private mutating func binary(_ level: Int, _ depth: Int) -> KedaExpression? {
      guard depth < KedaExpression.depthLimit else { return nil }
      guard level < Self.levels.count else { return unary(depth + 1) }
      guard var left = binary(level + 1, depth) else { return nil }
      while let sign = take(Self.levels[level]) {
        // A power binds to the right.
        guard let right = level == Self.levels.count - 1 ? binary(level, depth + 1) : binary(level + 1, depth) else {
          return nil
        }
        left = .binary(sign == "or" ? "||" : sign == "and" ? "&&" : sign, left, right)
      }
      return left
    }

    private mutating func unary(_ depth: Int) -> KedaExpression? {
      guard depth < KedaExpression.depthLimit else { return nil }
      // A power binds tighter than the sign before it: -a ** 2 is -(a ** 2).
      if take(["-"]) != nil { return binary(Self.levels.count - 1, depth + 1).map { .negated($0) } }
      if take(["+"]) != nil { return unary(depth + 1) }
      if take(["!", "not"]) != nil { return unary(depth + 1).map { .not($0) } }
      if take(["("]) != nil {
        guard let inner = ternary(depth + 1), take([")"]) != nil else { return nil }
        return inner
      }
      guard at < tokens.count else { return nil }
      let token = tokens[at]
      at += 1
      guard let first = token.first else { return nil }
      if first.isNumber || first == "." { return Double(token.filter { $0 != "_" }).map { .number($0) } }
      guard first.isLetter || first == "_" else { return nil }
      if token == "true" || token == "false" { return .number(token == "true" ? 1 : 0) }
      guard take(["("]) != nil else { return .name(token) }
      var parts: [KedaExpression] = []
      repeat {
        guard let part = ternary(depth + 1) else { return nil }
        parts.append(part)
      } while take([","]) != nil
      return take([")"]) == nil ? nil : .call(token, parts)
    }
  }
}
