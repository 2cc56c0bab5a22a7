// All visible text whose contrast is below the 4.5 that WCAG 2.2 asks for at level AA.
const linear = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const colour = (text) => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const WEIGHTS = [0.2126, 0.7152, 0.0722];
const light = (parts) => WEIGHTS.reduce((sum, weight, index) => sum + weight * linear(parts[index] / 255), 0);
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const own = colour(getComputedStyle(at).backgroundColor);
    if (own[3] === 255) return own;
  }
  return [255, 255, 255, 255];
};
const found = [];
for (const element of document.querySelectorAll('body *')) {
  const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!hasText || !element.checkVisibility() || element.closest('script, noscript, .skip')) continue;
  const [one, other] = [light(colour(getComputedStyle(element).color)), light(ground(element))];
  const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (ratio < 4.5) found.push(`${element.className || element.tagName}: ${element.textContent.slice(0, 20)}: ${ratio.toFixed(2)}`);
}
return [...new Set(found)];
