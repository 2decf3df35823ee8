/** The camera: asked for, chosen, lit, and looked through, one picture at a time. */

export type CameraState = "idle" | "asking" | "live" | "denied" | "none" | "busy" | "insecure" | "ended" | "failed";

const WIDTH = 1920, HEIGHT = 1080;
const PAUSE_MS = 90; // between pictures: a phone that is kept cool reads longer

/** What went wrong, by the name of getUserMedia's error. */
const STATES: { [name: string]: CameraState } = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", OverconstrainedError: "none", NotReadableError: "busy", AbortError: "busy",
};

export class Camera {
  state: CameraState = "idle";
  private stream: MediaStream | null = null;
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { willReadFrequently: true });
  private wakeLock: { release: () => Promise<void> } | null = null;

  /** @param look is given a picture, and the next one comes once it is done with it */
  constructor(private readonly video: HTMLVideoElement, private readonly look: (picture: ImageData) => Promise<void>, private readonly onState: () => void) {}

  async start(deviceId = ""): Promise<void> {
    this.stop("asking");
    if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) return this.become(isSecureContext ? "none" : "insecure");
    try {
      const choice = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...choice, width: { ideal: WIDTH }, height: { ideal: HEIGHT } } });
      this.stream = stream;
      this.track?.addEventListener("ended", () => this.stream === stream && this.stop("ended"));
      this.video.srcObject = stream;
      await this.video.play();
      this.become("live");
      this.wakeLock = await (navigator as any).wakeLock?.request("screen").catch(() => null);
      void this.run(stream);
    } catch (error) {
      this.stop(STATES[(error as DOMException).name] ?? "failed");
    }
  }

  stop(state: CameraState = "idle"): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    void this.wakeLock?.release().catch(() => undefined);
    this.wakeLock = null;
    this.become(state);
  }

  /** The cameras there are; they have names once one was allowed. */
  async devices(): Promise<MediaDeviceInfo[]> {
    return (await navigator.mediaDevices?.enumerateDevices?.() ?? []).filter(({ kind }) => kind === "videoinput");
  }

  get deviceId(): string {
    return this.track?.getSettings().deviceId ?? "";
  }

  get hasTorch(): boolean {
    return Boolean((this.track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch);
  }

  async light(state: "on" | "off"): Promise<void> {
    await this.track?.applyConstraints({ advanced: [{ torch: state === "on" } as MediaTrackConstraintSet] });
  }

  private get track(): MediaStreamTrack | undefined {
    return this.stream?.getVideoTracks()[0];
  }

  private become(state: CameraState): void {
    this.state = state;
    this.onState();
  }

  private async run(stream: MediaStream): Promise<void> {
    while (this.stream === stream) {
      const { videoWidth: width, videoHeight: height } = this.video;
      if (width && this.context) {
        Object.assign(this.canvas, { width, height });
        this.context.drawImage(this.video, 0, 0);
        await this.look(this.context.getImageData(0, 0, width, height));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

const MOST_PIXELS = 24_000_000;

/** The pixels of a photograph, made smaller only where a phone's memory would not hold it. Raises for what is no picture. */
export async function pixelsOf(file: Blob): Promise<ImageData> {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (image.width * image.height)));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: Math.max(1, Math.round(image.width * scale)), height: Math.max(1, Math.round(image.height * scale)) });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("canvas");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
