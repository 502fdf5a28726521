import Glibc

extension RandomStream {
  /// Exponential with the given mean.
  public mutating func exponential(mean: Double) -> Double { -mean * log1p(-uniform()) }

  /// Normal by the polar method (Marsaglia and Bray, 1964); the second value is not kept, so that the stream's
  /// position depends on nothing but the draws made.
  public mutating func normal(mean: Double = 0, deviation: Double = 1) -> Double {
    normalPair().normal(mean: mean, deviation: deviation)
  }

  /// The uniform pair of which the polar method makes a normal: whoever draws many takes the pairs first and turns them into
  /// numbers then, as no logarithm has to wait for the draw before it.
  @inlinable @inline(__always) public mutating func normalPair() -> NormalPair {
    while true {
      let u = 2 * uniform() - 1
      let v = 2 * uniform() - 1
      let s = u * u + v * v
      if s > 0, s < 1 { return NormalPair(u: u, s: s) }
    }
  }

  /// Draws as many pairs as there is room for, each as ``normalPair()`` would: one that is refused is written over, so that no
  /// branch depends on a number.
  @inlinable @inline(__always) public mutating func fill(_ pairs: UnsafeMutableBufferPointer<NormalPair>) {
    var k = 0
    while k < pairs.count {
      let u = 2 * uniform() - 1
      let v = 2 * uniform() - 1
      let s = u * u + v * v
      pairs.initializeElement(at: k, to: NormalPair(u: u, s: s))
      k &+= (s > 0 ? 1 : 0) & (s < 1 ? 1 : 0)
    }
  }

  /// Lognormal with the given median and shape (the deviation of the logarithm).
  public mutating func lognormal(median: Double, shape: Double) -> Double { median * exp(normal(deviation: shape)) }

  /// Poisson: counting exponentials for small means, PTRS (Hoermann, 1993, "The transformed rejection method
  /// for generating Poisson random variables") from 10 up. Zero where the mean is not a positive number; counts
  /// beyond `Int` are clamped.
  public mutating func poisson(mean: Double) -> Int {
    guard mean > 0, mean.isFinite else { return 0 }
    if mean < 10 {
      let limit = exp(-mean)
      var product = uniform()
      var n = 0
      while product > limit {
        n += 1
        product *= uniform()
      }
      return n
    }
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let vr = 0.9277 - 3.6224 / (b - 2)
    let logMean = log(mean)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07, v <= vr { return Int(min(k, 9e18)) }
      if k < 0 || (us < 0.013 && v > us) { continue }
      if log(v * inverseAlpha / (a / (us * us) + b)) <= k * logMean - mean - lgamma(k + 1) { return Int(min(k, 9e18)) }
    }
  }

  /// Gamma with the given shape and scale (Marsaglia and Tsang, 2000). Zero where the shape is not a positive number.
  public mutating func gamma(shape: Double, scale: Double) -> Double {
    guard shape > 0, shape.isFinite else { return 0 }
    if shape < 1 { return gamma(shape: shape + 1, scale: scale) * pow(1 - uniform(), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      if v <= 0 { continue }
      if log(1 - uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v * scale }
    }
  }

  /// An index drawn with probability proportional to its weight.
  public mutating func index(weights: [Double]) -> Int {
    var target = uniform() * weights.reduce(0, +)
    for (i, w) in weights.enumerated() {
      target -= w
      if target < 0 { return i }
    }
    return max(0, weights.count - 1)
  }
}

/// A point in the unit circle, of which a normal is made.
@frozen public struct NormalPair: Sendable {
  @usableFromInline var u: Double
  @usableFromInline var s: Double

  @inlinable init(u: Double, s: Double) {
    self.u = u
    self.s = s
  }

  @inlinable public func normal(mean: Double = 0, deviation: Double = 1) -> Double {
    mean + deviation * u * (-2 * log(s) / s).squareRoot()
  }
}
