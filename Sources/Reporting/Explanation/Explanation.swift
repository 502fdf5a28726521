import Documents
import Planning
import Quantities
import Terminal

/// How one number of a plan was reached, down to what it rests on: `headroom explain`.
public struct Explanation: Sendable {
  /// The number that was asked for; nil for all.
  public let number: String?
  let chain: [(depth: Int, derivation: Derivation)]
  private let ledger: Ledger
  private let provenance: Provenance

  /// - Parameter number: nil lists every number of the ledger, in the order in which they were reached. One that the
  ///   ledger has not gives an empty explanation; `Ledger/ids` names those that it has.
  public init(_ ledger: Ledger, of number: String?, provenance: Provenance = Provenance()) {
    self.number = number
    self.ledger = ledger
    self.provenance = provenance
    chain = number.map { ledger.chain(of: $0) } ?? ledger.all.map { (0, $0) }
  }

  /// An indented tree, the number first, each input below what uses it.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    var out = ""
    for (depth, derivation) in chain {
      let margin = String(repeating: "  ", count: depth)
      let name = derivation.title == derivation.id ? "" : style(.dim, " (\(derivation.id))")
      let head = "\(margin)\(style(.bold, derivation.shown))  "
      let room = max(20, width - DisplayWidth.of(head))
      for (i, line) in DisplayWidth.wrapped(derivation.title + name, columns: room).enumerated() {
        out += (i == 0 ? head : String(repeating: " ", count: DisplayWidth.of(head))) + line + "\n"
      }
      for line in details(derivation) {
        for wrapped in TerminalText.wrapped(line, width: max(20, width - margin.count - 2)) {
          out += "\(margin)  \(style(.dim, wrapped))\n"
        }
      }
    }
    return out
  }

  public func html() -> String { report().html() }

  /// The page: the number that was asked for, and the chain below it, each number with a link to those it was computed from.
  func report() -> Report {
    let asked = number.flatMap { ledger[$0] }
    var report = Report(
      title: "\(provenance.file): \(number ?? "every number")", kicker: "\(provenance.file) · how a number was reached",
      headline: asked.map { "\($0.title.prefix(1).uppercased())\($0.title.dropFirst()): \($0.shown)." }
        ?? "\(Wording.count(chain.count, "number")) and how each was reached.",
      lead: asked.map { details($0).joined(separator: " ") } ?? "")
    // A number that several others use stands once on a page, where links lead to it.
    var seen: Set<String> = []
    let entries = chain.filter { seen.insert($0.derivation.id).inserted }.map {
      Report.Entry($0.derivation, of: ledger)
    }
    report.derived = seen
    let inputs = entries.count { $0.inputs.isEmpty }
    report.sections = [
      Report.Section(
        asked == nil ? "Every number" : "Down to what it rests on", id: "derivations",
        "\(Wording.count(entries.count, "number")), of which \(inputs) come from the plan file, the traffic, a catalog or "
          + "an assumption; the others are computed from them.", [.ledger(entries)])
    ]
    report.footer = ["\(provenance.program). The same inputs and seed give the same bytes."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  /// A nested list.
  public func markdown() -> String {
    var out = ""
    for (depth, derivation) in chain {
      let margin = String(repeating: "  ", count: depth)
      let how = details(derivation).map { Report.safe($0) }.joined(separator: " ")
      out += "\(margin)- **\(Report.safe(derivation.shown))** \(Report.safe(derivation.title)) (`\(derivation.id)`)"
      out += how.isEmpty ? "\n" : ": \(how)\n"
    }
    return out
  }

  /// `"schema": "headroom/explanation/1"`: the numbers of the chain, the asked one first.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/explanation/1")
      json.entry("number", number)
      json.key("chain")
      json.array { json in
        for (depth, derivation) in chain { LedgerJSON.write(derivation, depth: depth, to: &json) }
      }
    }
    return json.text + "\n"
  }

  private func details(_ derivation: Derivation) -> [String] {
    var lines: [String] = []
    if !derivation.formula.isEmpty { lines.append("= \(derivation.formula)") }
    if !derivation.worked.isEmpty {
      lines.append(derivation.worked.hasPrefix("=") ? derivation.worked : "= \(derivation.worked)")
    }
    let origin = derivation.origin.words.filter { $0 != "`" }
    if !origin.isEmpty { lines.append(origin) }
    if !derivation.because.isEmpty { lines.append(derivation.because) }
    return lines
  }
}

extension Report.Entry {
  /// A number of a ledger with how it was reached.
  init(_ derivation: Derivation, of ledger: Ledger) {
    self.init(
      id: derivation.id, title: derivation.title, value: derivation.shown, formula: derivation.formula,
      worked: derivation.worked,
      inputs: derivation.inputs.map { id in .init(id: id, title: ledger[id]?.title ?? id) },
      origin: derivation.origin.words, because: Wording.sentences([derivation.because]))
  }
}
