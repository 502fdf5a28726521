/// Solves A X = C for a symmetric positive definite A with several right-hand sides at once, in single precision.
///
/// The right-hand sides stand beside the matrix, so that one elimination A = Uᵀ U turns them into U⁻ᵀ C on the way.
/// Four rows are eliminated together: each pass over the rest of the matrix does four multiplications for every load
/// and store (0.4 MFLOP for 72 unknowns and 24 right-hand sides).
struct CholeskySolver {
  /// Unknowns and right-hand sides.
  let size: Int
  let sides: Int
  let width: Int

  /// - Precondition: both are positive multiples of 8, the width of the vectors used.
  init(size: Int, sides: Int) {
    precondition(size > 0 && size % 8 == 0 && sides > 0 && sides % 8 == 0, "sizes are positive multiples of 8")
    self.size = size
    self.sides = sides
    width = size + sides
  }

  /// Solves in place.
  ///
  /// - Parameter system: `size` rows of `size + sides` numbers: the matrix (only its upper triangle is read), beside it
  ///   the right-hand sides, which become the solution. The triangle is overwritten.
  /// - Returns: false where the matrix is not positive definite to single precision; the contents are then undefined.
  ///
  /// Complexity: size³/3 + 2 size² sides operations.
  func solve(_ system: UnsafeMutablePointer<Float>) -> Bool {
    var k = 0
    while k < size {
      guard factorPanel(system, k) else { return false }
      updateTrailing(system, k)
      k += 4
    }
    substituteBack(system)
    return true
  }

  /// Eliminates rows k to k + 3 among themselves.
  private func factorPanel(_ a: UnsafeMutablePointer<Float>, _ k: Int) -> Bool {
    for i in k..<k + 4 {
      let row = a + i * width
      for j in k..<i {
        let other = a + j * width
        let f = other[i]
        // From the vector that holds the diagonal: what lies left of it is never read.
        var c = i & ~7
        while c < width {
          store(row, c, load(row, c) - f * load(other, c))
          c += 8
        }
      }
      let pivot = row[i]
      guard pivot > 0, pivot.isFinite else { return false }
      let scale = 1 / pivot.squareRoot()
      var c = i & ~7
      while c < width {
        store(row, c, load(row, c) * scale)
        c += 8
      }
    }
    return true
  }

  private func updateTrailing(_ a: UnsafeMutablePointer<Float>, _ k: Int) {
    let r0 = a + k * width
    let (r1, r2, r3) = (r0 + width, r0 + 2 * width, r0 + 3 * width)
    var i = k + 4
    while i < size {
      let row = a + i * width
      let (f0, f1, f2, f3) = (r0[i], r1[i], r2[i], r3[i])
      var c = i & ~7
      while c < width {
        var v = load(row, c)
        v -= f0 * load(r0, c)
        v -= f1 * load(r1, c)
        v -= f2 * load(r2, c)
        v -= f3 * load(r3, c)
        store(row, c, v)
        c += 8
      }
      i += 1
    }
  }

  /// From the last row up, each takes out those below it, eight sides at a time, or 24 in step: so many that no
  /// multiplication waits for another.
  private func substituteBack(_ a: UnsafeMutablePointer<Float>) {
    var c = size
    while c + 24 <= width {
      var i = size - 1
      while i >= 0 {
        let row = a + i * width
        var (u, v, w) = (load(row, c), load(row, c + 8), load(row, c + 16))
        var k = size - 1
        while k > i {
          let (f, below) = (row[k], a + k * width + c)
          u -= f * load(below, 0)
          v -= f * load(below, 8)
          w -= f * load(below, 16)
          k -= 1
        }
        let inverse = 1 / row[i]
        store(row, c, u * inverse)
        store(row, c + 8, v * inverse)
        store(row, c + 16, w * inverse)
        i -= 1
      }
      c += 24
    }
    while c < width {
      var i = size - 1
      while i >= 0 {
        let row = a + i * width
        var v = load(row, c)
        var k = size - 1
        while k > i {
          v -= row[k] * load(a + k * width + c, 0)
          k -= 1
        }
        store(row, c, v * (1 / row[i]))
        i -= 1
      }
      c += 8
    }
  }

  @inline(__always) private func load(_ p: UnsafeMutablePointer<Float>, _ i: Int) -> SIMD8<Float> {
    UnsafeRawPointer(p + i).loadUnaligned(as: SIMD8<Float>.self)
  }
  @inline(__always) private func store(_ p: UnsafeMutablePointer<Float>, _ i: Int, _ v: SIMD8<Float>) {
    UnsafeMutableRawPointer(p + i).storeBytes(of: v, as: SIMD8<Float>.self)
  }
}
