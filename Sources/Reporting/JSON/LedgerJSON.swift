import Documents
import Planning

/// The numbers of a ledger as JSON.
enum LedgerJSON {
  /// One number, with how it was reached.
  /// - Parameter depth: how far below the number that was asked for; nil where none was.
  static func write(_ derivation: Derivation, depth: Int? = nil, to json: inout JSONWriter) {
    json.object { json in
      if let depth { json.entry("depth", depth) }
      json.entry("id", derivation.id)
      json.entry("title", derivation.title)
      json.entry("value", derivation.value)
      json.entry("shown", derivation.shown)
      json.entry("formula", derivation.formula)
      json.entry("worked", derivation.worked)
      json.entry("inputs", texts: derivation.inputs)
      json.entry("origin", derivation.origin.name)
      json.entry("source", derivation.origin.source)
      json.entry("because", derivation.because)
    }
  }
}

extension Derivation.Origin {
  /// The place, the measurement, the entry or the reason behind a number; nil for what is computed.
  var source: String? {
    switch self {
    case .input(let place): place
    case .measured(let how): how
    case .model(let what): what
    case .catalog(let source): source
    case .assumption(let why): why
    case .computed: nil
    }
  }
}
