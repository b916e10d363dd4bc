"""From a curve in dB to the filter that has it and lags least. Knows no curve."""

import numpy as np
from numpy.typing import NDArray


def minimum_phase(decibels: NDArray[np.floating]) -> NDArray[np.float64]:
    """The impulse response, by way of the folded cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing).

    decibels: from 0 Hz to half the rate, evenly spaced; many times the taps wanted, or the cepstrum folds over.
    """
    cepstrum = np.fft.irfft(decibels * np.log(10.0) / 20.0)
    half = len(cepstrum) // 2
    cepstrum[1:half] *= 2
    cepstrum[half + 1 :] = 0.0
    return np.asarray(np.fft.irfft(np.exp(np.fft.rfft(cepstrum))))
