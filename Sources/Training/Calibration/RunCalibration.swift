import Glibc
import Quantities

/// The models held against steps that the user measured on their own machines, and narrowed by them.
///
/// A measured node tells what its software and cooling make of the card: one factor on the step, and one number of bytes
/// beside the state. Applied to other layouts of the same model family they carry over as far as those share the node.
public struct RunCalibration: Hashable, Sendable {
  /// Measured step over predicted, the geometric mean.
  public var stepFactor: Double
  /// Deviation of its log between the measurements, 0 for one.
  public var spread: Double
  /// Measured allocated memory less predicted, the mean; nil where none was measured.
  public var memoryOffset: Bytes?
  public var measurements: Int

  /// One thing that was measured.
  public struct Measurement: Sendable {
    public var question: TrainingQuestion
    public var step: Duration
    public var allocated: Bytes?
    public init(question: TrainingQuestion, step: Duration, allocated: Bytes? = nil) {
      self.question = question
      self.step = step
      self.allocated = allocated
    }
  }

  /// - Throws: ``TrainingError`` where a question has no layout or a step is not a time.
  public init(_ measurements: [Measurement], file: ConstantsFile = .shipped) throws(TrainingError) {
    guard !measurements.isEmpty else {
      throw TrainingError(.invalidValue, "nothing was measured", remedy: "give one step of a run with its layout")
    }
    var logs: [Double] = []
    var offsets: [Double] = []
    for measured in measurements {
      let answer = try measured.question.answer(file)
      guard measured.step > .zero else {
        throw TrainingError(.invalidValue, "a measured step is not above zero", remedy: "write it as 1.2s")
      }
      logs.append(log(measured.step.seconds / answer.time.step))
      if let allocated = measured.allocated {
        offsets.append((allocated - answer.memory.use.allocated).rawValue)
      }
    }
    stepFactor = exp(Statistics.mean(logs) ?? 0)
    spread = Statistics.deviation(logs) ?? 0
    memoryOffset = Statistics.mean(offsets).map { Bytes(rawValue: $0) }
    self.measurements = measurements.count
  }

  /// How far the uncalibrated model was off: 0.1 is 10 % too fast.
  public var error: Double { stepFactor - 1 }

  /// The answer with what was measured, and a band as wide as measurements of one machine differ: 5 % (runs of one
  /// configuration in consecutive releases), more where they differ more among themselves, never more than before.
  public func applied(to answer: TrainingAnswer) -> TrainingAnswer {
    var calibrated = answer
    let rate = answer.tokensPerSecond.mid.perSecond / stepFactor
    let own = max(0.05, 1.2816 * spread * (1 + 1 / Double(max(1, measurements))).squareRoot())
    let before = (
      answer.tokensPerSecond.low / answer.tokensPerSecond.mid, answer.tokensPerSecond.high / answer.tokensPerSecond.mid
    )
    calibrated.tokensPerSecond = Estimate(
      low: .perSecond(rate * max(before.0, 1 - own)), mid: .perSecond(rate),
      high: .perSecond(rate * min(before.1, 1 + own)))
    calibrated.time = answer.time.scaled(by: stepFactor)
    calibrated.utilization = answer.utilization / stepFactor
    calibrated.hardwareUtilization = answer.hardwareUtilization / stepFactor
    if let offset = memoryOffset {
      var use = answer.memory.use
      use.buffers = Bytes(rawValue: max(0, use.buffers.rawValue + offset.rawValue))
      calibrated.memory = MemoryVerdict(use, capacity: answer.memory.capacity)
    }
    return calibrated
  }
}

extension StepTime {
  /// Every part by a factor.
  func scaled(by factor: Double) -> StepTime {
    StepTime(
      step: step * factor, compute: compute * factor, launches: launches * factor, tensor: tensor * factor,
      expert: expert * factor, context: context * factor, sharding: sharding * factor, bubble: bubble * factor,
      stages: stages * factor, gradients: gradients * factor, optimizer: optimizer * factor, other: other * factor)
  }
}
