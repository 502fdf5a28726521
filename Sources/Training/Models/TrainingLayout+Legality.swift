/// What a layout must keep to, and the nearest one that does.
extension TrainingLayout {
  /// Everything that keeps this layout from running, each with the nearest legal value.
  ///
  /// - Parameters:
  ///   - accelerators: How many there are; nil where the layout itself says.
  public func faults(for work: TrainingWork, accelerators: Int? = nil) -> [TrainingError] {
    var faults: [TrainingError] = []
    func fault(_ problem: String, _ remedy: String) {
      faults.append(TrainingError(.illegalLayout, problem, remedy: remedy))
    }
    let m = work.shape
    let heads = Int(m.heads)
    let layers = Int(m.layers)
    let sizes = [
      ("tensor parallelism", tensor), ("pipeline parallelism", pipeline), ("virtual stages", virtualStages),
      ("context parallelism", context), ("data parallelism", data), ("expert parallelism", expert),
      ("the micro-batch", microBatch),
    ]
    for (name, value) in sizes where value < 1 { fault("\(name) is \(value)", "write 1 or more") }
    guard faults.isEmpty else { return faults }
    if heads % tensor != 0 {
      let near = Self.nearestDivisor(of: heads, to: tensor)
      fault(
        tensor > heads
          ? "tensor parallelism of \(tensor) is more than the model's \(heads) attention heads"
          : "tensor parallelism of \(tensor) does not divide the model's \(heads) attention heads",
        "the nearest that does is \(near)")
    }
    if pipeline > layers {
      fault("\(pipeline) pipeline stages are more than the model's \(layers) layers", "write at most \(layers)")
    } else if virtualStages > 1, pipeline * virtualStages > layers + 2 {
      fault(
        "\(pipeline) stages of \(virtualStages) chunks are more than the model's \(layers) layers",
        "write at most \(max(1, layers / pipeline)) virtual stages")
    }
    if virtualStages > 1, pipeline == 1 {
      fault("virtual stages need pipeline parallelism", "write 1 virtual stage, or 2 or more pipeline stages")
    }
    if expert > 1, !m.isMixture {
      fault("the model has no experts to share over \(expert) accelerators", "write an expert parallelism of 1")
    } else if m.isMixture {
      if Int(m.experts) % expert != 0 {
        fault(
          "expert parallelism of \(expert) does not divide the model's \(Int(m.experts)) experts",
          "the nearest that does is \(Self.nearestDivisor(of: Int(m.experts), to: expert))")
      }
      let pool = data * context * tensor
      if pool % expert != 0 {
        fault(
          "expert parallelism of \(expert) does not divide the \(pool) accelerators of a stage",
          "the nearest that does is \(Self.nearestDivisor(of: pool, to: expert))")
      }
    }
    if let accelerators, self.accelerators != accelerators {
      let data = max(1, accelerators / modelParallel)
      fault(
        "\(tensor) x \(pipeline) x \(context) x \(self.data) is \(self.accelerators) accelerators, not \(accelerators)",
        data * modelParallel == accelerators
          ? "write a data parallelism of \(data)"
          : "\(modelParallel) accelerators a copy go into \(accelerators) \(data) times: use \(data * modelParallel)")
    }
    let perCopy = work.batch / Double(data)
    if work.batch < Double(data) {
      fault(
        "\(data) copies share a batch of \(Int(work.batch)) sequences",
        "write a data parallelism of at most \(Int(work.batch)), or a larger batch")
    } else if perCopy < Double(microBatch) {
      fault(
        "a micro-batch of \(microBatch) is more than the \(Int(perCopy)) sequences of a copy",
        "write at most \(max(1, Int(perCopy)))")
    }
    if work.sequence < Double(context) {
      fault("context parallelism of \(context) is more than the sequence", "write at most \(Int(work.sequence))")
    }
    if !(0...3).contains(zero) { fault("there is no sharding stage \(zero)", "write 0, 1, 2 or 3") }
    return faults
  }

  /// The divisor of a number that is nearest to a value, the smaller of two as near.
  static func nearestDivisor(of number: Int, to value: Int) -> Int {
    var best = 1
    for candidate in divisors(of: number) where abs(candidate - value) < abs(best - value) { best = candidate }
    return best
  }

  /// All divisors, ascending.
  /// - Complexity: O(sqrt(number)).
  static func divisors(of number: Int) -> [Int] {
    guard number > 0 else { return [] }
    var low: [Int] = []
    var high: [Int] = []
    var candidate = 1
    while candidate * candidate <= number {
      if number % candidate == 0 {
        low.append(candidate)
        if candidate != number / candidate { high.append(number / candidate) }
      }
      candidate += 1
    }
    return low + high.reversed()
  }
}
