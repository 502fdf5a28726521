import Catalogs
import Documents
import Quantities
import Serving
import Terminal

/// `headroom size --calibrate FILE`: an engine's constants from measurements, with the error on what was left out.
struct SizeCalibration {
  let common: SharedOptions
  let catalog: Catalog
  let constants: EngineCatalog
  let engine: String

  func run(_ file: String) throws -> ExitCode {
    guard let profile = constants.engine(meantBy: engine) else {
      let names = constants.engines.map { $0.name }
      let near = nearest(engine, in: names)
      throw Failure(
        "Unknown engine '\(engine)'" + (near.map { "; did you mean '\($0)'?" } ?? "")
          + " One of \(names.joined(separator: ", ")).", exitCode: .usage)
    }
    let measurements = try read(file)
    let days = measurements.map(\.question.engineDate).filter { !$0.isEmpty }.sorted()
    let found = EngineCalibration(
      of: profile, to: measurements, in: constants, date: days.last.map { String($0.prefix(7)) } ?? profile.date,
      source: file)
    let console = common.console
    var text = "\(profile.name): \(found.after.count) measurements of \(file)\n"
    var table = TextTable([
      .init("", isFlexible: true), .init("mean error", .right), .init("median", .right), .init("bias", .right),
      .init("80 % of truths within", .right),
    ])
    func row(_ name: String, _ errors: EngineCalibration.Errors) {
      table.add([
        name, NumberFormat.share(errors.mean), NumberFormat.share(errors.median), NumberFormat.share(errors.bias),
        "\(NumberFormat.significant(errors.low, 3)) to \(NumberFormat.significant(errors.high, 3)) x",
      ])
    }
    row("with the constants that it had", found.before)
    row("fitted", found.after)
    if let out = found.leftOut { row("fitted, on groups left out", out) }
    text += table.text(width: console.width, style: console.style)
    if found.unanswered > 0 {
      text += "\(found.unanswered) measurements are of figures that the model does not answer.\n"
    }
    let messages = common.output == nil ? console.result : console.messages
    var fitted = constants.replacing(found.engine)
    if let out = found.leftOut {
      for key in Set(measurements.map { [$0.question.mode.rawValue, $0.metric] }) {
        fitted = fitted.replacing(MeasuredBand(mode: key[0], metric: key[1], low: out.low, high: out.high))
      }
    }
    if common.format == .json || common.output != nil {
      console.write(fitted.json())
      if common.output != nil { messages.write(text) }
    } else {
      console.write(text)
    }
    return .done
  }

  private func read(_ file: String) throws -> [EngineCalibration.Measurement] {
    let table = try CSVTable.read(path: file) { (preview) throws(Diagnostics) in
      preview.header.map { CSVColumn.text($0) }
    }
    var found: [EngineCalibration.Measurement] = []
    var problems = Diagnostics()
    for row in 0..<table.rowCount {
      var json = JSONWriter()
      json.object { json in
        for name in table.header {
          guard let value = table.texts(name).map({ String($0[row]) }), !value.isEmpty else { continue }
          json.key(name)
          json.string(value)
        }
      }
      do throws(SizeQuestionError) {
        found.append(try EngineCalibration.Measurement(node(json.text), catalog: catalog))
      } catch {
        problems.append(
          .error(error.message, at: table.location(ofRow: row), path: error.path, help: "mend the row or take it out"))
      }
    }
    try problems.throwIfErrors()
    guard !found.isEmpty else {
      throw Failure(
        "\(file) holds no measurement. Write a row for each, with mode, model, gpu, metric and value.",
        exitCode: .badInput)
    }
    return found
  }

  private func node(_ text: String) -> Node {
    guard let node = try? JSON.parse(text, file: nil) else { preconditionFailure("a row was written as JSON") }
    return node
  }
}
