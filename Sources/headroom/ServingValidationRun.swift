import Catalogs
import Documents
import Quantities
import Serving
import Terminal

/// `headroom validate serving`: the model's errors on published figures, by kind; with `--fit` its constants fitted to them,
/// and the errors of leaving whole groups out.
struct ServingValidationRun {
  let common: SharedOptions
  let constants: EngineCatalog

  func run(_ folder: String, fits: Bool) throws -> ExitCode {
    let figures = try read(folder + "/inference")
    guard fits else {
      table(ServingFit.scores(figures, ServingFit.ratios(figures, constants)), "constants at hand")
      return .done
    }
    let console = common.console
    console.note(
      "Fits \(figures.count) figures some \(ServingFit.priors.count * 5 + 6) times, a minute or more each.")
    let (fit, leftOut) = ServingFit(figures, from: constants).chosen { console.note($0) }
    let catalog = ServingFit.banded(fit.run { console.note($0) }, by: leftOut)
    if common.output != nil || common.format == .json {
      console.write(catalog.json())
      return .done
    }
    table(ServingFit.scores(figures, ServingFit.ratios(figures, catalog)), "fitted")
    func unseen(_ found: [ServingFit.Unseen]) -> [ServingFit.Score] {
      ServingFit.scores(found.map(\.figure), found.map { Optional($0.ratio) })
    }
    table(unseen(leftOut), "configurations left out")
    table(unseen(fit.leftOut(by: { $0.system }) { console.note($0) }), "whole systems left out")
    return .done
  }

  private func read(_ folder: String) throws -> [MeasuredService] {
    let table = try CSVTable.read(path: folder + "/truth.csv", columns: MeasuredService.columns.map { .text($0) })
    var (figures, faults) = MeasuredService.figures(of: table)
    for line in try Lines.read(folder + "/engines_dev.jsonl") {
      do throws(SizeQuestionError) {
        figures += try MeasuredService.figures(of: line)
      } catch { faults.append("\(line["id"]?.text ?? ""): \(error.message)") }
    }
    for fault in faults.prefix(3) { common.console.note("Left out: \(fault)") }
    return figures
  }

  private func table(_ scores: [ServingFit.Score], _ name: String) {
    var table = TextTable([
      .init(name, isFlexible: true), .init("figures", .right), .init("mean error", .right), .init("median", .right),
      .init("bias", .right), .init("80 % of truths within", .right),
    ])
    for score in scores {
      let errors = score.errors
      table.add([
        score.kind, "\(errors.count)", NumberFormat.share(errors.mean), NumberFormat.share(errors.median),
        NumberFormat.share(errors.bias),
        "\(NumberFormat.significant(errors.low, 3)) to \(NumberFormat.significant(errors.high, 3)) x",
      ])
    }
    common.console.write(table.text(width: common.console.width, style: common.console.style))
  }
}
