import Glibc
import Quantities

/// How true the step and memory models are on measured runs, and what a fit makes of them.
public struct TrainingValidation: Sendable {
  public var runs: [MeasuredRun]
  public var file: ConstantsFile

  public init(_ runs: [MeasuredRun], file: ConstantsFile = .shipped) {
    self.runs = runs
    self.file = file
  }

  private var timed: [MeasuredRun] { runs.filter { $0.tokensPerSecond != nil } }

  /// Errors of tokens a second, by suite.
  public func score(_ constants: StepConstants? = nil) -> RunScore {
    let c = constants ?? file.constants
    return RunScore(timed, residuals: timed.map { $0.residual(c) ?? 0 })
  }

  /// The share of runs inside their bands.
  public func coverage() -> Double {
    let inside = timed.count { run in
      let answer = TrainingAnswer(run.layout, of: run.question.work, on: run.question.hardware, file: file)
      let measured = run.tokensPerSecond ?? 0
      return answer.tokensPerSecond.low.perSecond <= measured && measured <= answer.tokensPerSecond.high.perSecond
    }
    return timed.isEmpty ? 0 : Double(inside) / Double(timed.count)
  }

  /// Mean relative error of allocated (and reserved) memory by suite: runs, error, bias.
  public func memory(reserved: Bool) -> [RunScore.Row] {
    var errors: [String: [Double]] = [:]
    for run in runs {
      guard let measured = reserved ? run.reserved : run.allocated, measured > .zero else { continue }
      let use = MemoryModel(run.question.work, on: run.question.hardware).use(run.layout)
      errors[run.suite, default: []].append((reserved ? use.reserved : use.allocated) / measured - 1)
    }
    return errors.keys.sorted().map { suite in
      let list = errors[suite] ?? []
      return RunScore.Row(
        suite: suite, runs: list.count, error: Statistics.mean(list.map { abs($0) }) ?? 0,
        bias: Statistics.mean(list) ?? 0)
    }
  }

  /// Runs that ran out of memory and are said to fit, and runs that ran and are said not to.
  public func fitErrors() -> (accepted: [String], refused: [String]) {
    var accepted: [String] = []
    var refused: [String] = []
    for run in runs {
      let fits = MemoryModel(run.question.work, on: run.question.hardware).verdict(run.layout).fits
      if fits, !run.ran { accepted.append(run.id) }
      if !fits, run.ran { refused.append(run.id) }
    }
    return (accepted, refused)
  }

  /// Constants fitted on these runs, bands from what each group's runs miss where it is left out, and that miss.
  public func fit(date: String, iterations: Int = 30) -> (file: ConstantsFile, leftOut: RunScore) {
    var fit = StepFit(runs)
    fit.iterations = iterations
    let constants = fit.run(from: file.constants)
    fit.iterations = max(4, iterations / 3)
    let residuals = fit.leavingGroupsOut(from: constants)
    return (
      ConstantsFile(
        constants: constants, bands: ConstantsFile.bands(fit.runs, residuals: residuals), source: file.source,
        date: date),
      RunScore(fit.runs, residuals: residuals)
    )
  }
}
