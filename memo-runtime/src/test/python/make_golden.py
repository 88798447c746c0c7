#!/usr/bin/env python3
"""Writes golden training cases: tiny checkpoints trained five steps by Hugging Face transformers.

Each case is a folder with checkpoint/, data.bin (with data.mask and data.docs where the case has
them), case.json and final.safetensors; ../resources/golden/README.md describes them. The semantics
are those of `memo train`, spelled out here with explicit masks, positions and sums.
"""

import argparse
import json
import pathlib
import shutil
from dataclasses import dataclass

import numpy as np
import safetensors.torch
import torch
import transformers
from torch import nn

STEPS = 5
GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "resources" / "golden"


@dataclass(frozen=True)
class Case:
    """One folder: a model, how it is stored, its data, and the options of `memo train`."""

    name: str
    model: transformers.PretrainedConfig
    sequence_length: int = 32
    batch_size: int = 2
    accumulate: int = 1
    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-8
    weight_decay: float = 0.1
    decay: str = "matrices"
    schedule: str = "constant"
    warmup: int = 0
    grad_clip: float = 1.0
    documents: bool = False
    mask: bool = False
    data_type: str = "int32"
    stored_as: torch.dtype = torch.float32
    max_shard_size: str = "50MB"
    old_config: dict | None = None  # rotary settings, in the style before transformers 5
    # Chosen so that no gradient is so near 0 that rounding changes its sign, and with it a step.
    seed: int = 1
    hub_gpt2_names: bool = False  # no `transformer.` prefix, and the causal mask as a tensor

    @property
    def windows_per_step(self):
        return self.batch_size * self.accumulate

    def options(self):
        """The options by their `memo train` names."""
        return {
            "data-type": self.data_type,
            "sequence-length": self.sequence_length,
            "batch-size": self.batch_size,
            "accumulate": self.accumulate,
            "steps": STEPS,
            "optimizer": "adamw",
            "lr": self.lr,
            "beta1": self.beta1,
            "beta2": self.beta2,
            "eps": self.eps,
            "weight-decay": self.weight_decay,
            "decay": self.decay,
            "schedule": self.schedule,
            "warmup": self.warmup,
            "grad-clip": self.grad_clip,
        }


def llama(**changes):
    return transformers.LlamaConfig(**(decoder_sizes() | changes))


def mistral(**changes):
    return transformers.MistralConfig(**(decoder_sizes() | changes))


def qwen2(**changes):
    return transformers.Qwen2Config(**(decoder_sizes() | changes))


def decoder_sizes():
    return dict(
        vocab_size=96,
        hidden_size=32,
        intermediate_size=56,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
    )


def gpt2(**changes):
    sizes = dict(
        vocab_size=96,
        n_positions=56,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=0,
        eos_token_id=0,
    )
    return transformers.GPT2Config(**(sizes | changes))


LLAMA3_ROPE = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    # With 32, one wavelength lies in each of the three ranges: kept, interpolated, divided.
    original_max_position_embeddings=32,
)

# Softmax does not see a bias of GPT-2's keys, so that its gradient is 0 but for rounding. AdamW
# blows such a gradient up to a step of full size, unless eps is well above it.
GPT2_EPS = 1e-5

CASES = [
    Case(
        "llama-gqa-tied",
        llama(num_attention_heads=4, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True),
        schedule="cosine",
        warmup=2,
        lr=1e-2,
    ),
    Case(
        "llama-biases-head-dim",
        llama(
            vocab_size=61,
            num_key_value_heads=2,
            head_dim=24,
            attention_bias=True,
            mlp_bias=True,
            rms_norm_eps=1e-3,
        ),
        sequence_length=24,
        schedule="linear",
        decay="all",
        grad_clip=0,
        lr=5e-3,
        seed=4,
    ),
    Case(
        "llama-llama3-rope",
        llama(rope_parameters=LLAMA3_ROPE | dict(rope_theta=5000.0), tie_word_embeddings=True),
        sequence_length=48,
        documents=True,
        data_type="uint16",
    ),
    Case(
        "llama-llama3-rope-old-config",
        llama(num_key_value_heads=2, max_position_embeddings=64),
        sequence_length=48,
        batch_size=1,
        schedule="cosine",
        warmup=1,
        old_config=dict(rope_theta=5000.0, rope_scaling=LLAMA3_ROPE),
        max_shard_size="40KB",
    ),
    Case(
        "llama-masked-accumulated-f16",
        llama(vocab_size=128, tie_word_embeddings=True),
        accumulate=3,
        documents=True,
        mask=True,
        schedule="linear",
        warmup=1,
        stored_as=torch.float16,
        max_shard_size="20KB",
    ),
    Case(
        "llama-small-heads",
        llama(num_attention_heads=4, num_key_value_heads=4, num_hidden_layers=3),
        sequence_length=29,
        batch_size=3,
        documents=True,
        mask=True,
        decay="all",
        grad_clip=0.5,
        lr=4e-3,
        seed=9,
    ),
    # The padding token occurs in the data: its embedding row does not learn, it only decays.
    Case("llama-padding", llama(pad_token_id=3), decay="matrices", lr=5e-3),
    Case("mistral-documents", mistral(head_dim=16), documents=True, schedule="cosine", lr=5e-3),
    Case(
        "mistral-masked-accumulated-bf16",
        mistral(sliding_window=None, num_attention_heads=4, num_key_value_heads=1, head_dim=16),
        accumulate=3,
        documents=True,
        mask=True,
        decay="all",
        stored_as=torch.bfloat16,
        old_config=dict(rope_theta=20000.0),
    ),
    Case(
        "qwen2-documents",
        qwen2(tie_word_embeddings=True),
        sequence_length=40,
        documents=True,
        schedule="linear",
        lr=5e-3,
        seed=11,
    ),
    Case(
        "qwen2-masked-accumulated",
        qwen2(vocab_size=61, num_attention_heads=4, num_key_value_heads=2, head_dim=16),
        accumulate=3,
        documents=True,
        mask=True,
        decay="all",
        grad_clip=0.25,
        schedule="cosine",
        warmup=2,
        old_config=dict(rope_theta=20000.0, rope_scaling=None),
        max_shard_size="40KB",
    ),
    Case("gpt2-documents", gpt2(), documents=True, eps=GPT2_EPS, lr=5e-3),
    Case(
        "gpt2-masked-accumulated",
        gpt2(tie_word_embeddings=False, n_inner=48, layer_norm_epsilon=1e-3),
        eps=GPT2_EPS,
        accumulate=3,
        documents=True,
        mask=True,
        decay="all",
        schedule="linear",
        data_type="uint16",
        max_shard_size="40KB",
    ),
    Case(
        "gpt2-hub-names",
        gpt2(n_positions=40, n_head=4, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0),
        sequence_length=40,
        schedule="cosine",
        warmup=1,
        eps=GPT2_EPS,
        hub_gpt2_names=True,
    ),
]


def write_checkpoint(case, folder):
    """A random model as Hugging Face stores it; norms and biases away from 1 and 0."""
    torch.manual_seed(case.seed)
    model = transformers.AutoModelForCausalLM.from_config(case.model)
    for name, weight in model.named_parameters():
        if weight.dim() >= 2:
            nn.init.normal_(weight, std=0.12)
        else:
            is_norm = "norm" in name or ".ln_" in name
            nn.init.normal_(weight, mean=float(is_norm and "bias" not in name), std=0.2)
    model.to(case.stored_as).save_pretrained(folder, max_shard_size=case.max_shard_size)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if case.old_config is not None:
        write_old_config(folder / "config.json", case.old_config)
    if case.hub_gpt2_names:
        rename_as_on_the_hub(folder / "model.safetensors", case.model)


def write_old_config(path, changes):
    """Rotary settings at the top level, torch_dtype, and no key that older ones did not know."""
    config = json.loads(path.read_text())
    del config["rope_parameters"]
    config["torch_dtype"] = config.pop("dtype")
    if config.get("head_dim") == config["hidden_size"] // config["num_attention_heads"]:
        del config["head_dim"]
    path.write_text(json.dumps(config | changes, indent=2, sort_keys=True) + "\n")


def rename_as_on_the_hub(path, config):
    """The published gpt2 has no prefix, and holds the causal mask of each layer as a tensor."""
    tensors = safetensors.torch.load_file(path)
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    positions = config.n_positions
    for layer in range(config.n_layer):
        causal = torch.ones(positions, positions).tril()
        tensors[f"h.{layer}.attn.bias"] = causal.view(1, 1, positions, positions)
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})


@dataclass(frozen=True)
class Data:
    """Tokens with their sidecars: [n] each; without sidecars one document, everything counted."""

    tokens: np.ndarray
    document: np.ndarray  # the number of the document that a token is in
    counted: np.ndarray
    starts: np.ndarray


def make_data(case):
    generator = np.random.default_rng(case.seed)
    length = case.sequence_length
    count = STEPS * case.windows_per_step * length + 1 + 5  # some tokens are left over
    starts = document_starts(generator, count, length) if case.documents else np.zeros(1, np.int64)
    counted = np.ones(count, np.uint8)
    if case.mask:
        counted = (generator.random(count) < 0.7).astype(np.uint8)
        counted[length + 1 : 2 * length + 1] = 0  # window 1
        if case.accumulate > 1:  # and the whole second micro-batch
            first = case.batch_size * length
            counted[first + 1 : first + case.batch_size * length + 1] = 0
    document = np.zeros(count, np.int64)
    document[starts[1:]] = 1
    tokens = random_tokens(generator, count, case.model.vocab_size)
    return Data(tokens, document.cumsum(), counted, starts)


def random_tokens(generator, count, vocabulary):
    """Half of the tokens follow from the one before, so that there is something to learn."""
    tokens = generator.integers(vocabulary, size=count)
    for i in range(1, count):
        if generator.random() < 0.5:
            tokens[i] = (5 * tokens[i - 1] + 3) % vocabulary
    return tokens


def document_starts(generator, count, length):
    """Short documents, one of three windows, one of one token, one that starts with a window."""
    starts = {0, length // 3, length // 3 + 1, 2 * length, 2 * length + 7, 5 * length + 7}
    at = 5 * length + 7
    while (at := at + int(generator.integers(1, 2 * length))) < count:
        starts.add(at)
    return np.array(sorted(s for s in starts if s < count), np.int64)


def write_data(case, data, folder):
    little_endian = {"int32": "<i4", "uint16": "<u2"}[case.data_type]
    data.tokens.astype(little_endian).tofile(folder / "data.bin")
    if case.mask:
        data.counted.tofile(folder / "data.mask")
    if case.documents:
        data.starts.astype("<i8").tofile(folder / "data.docs")


def micro_batch(case, data, first_window):
    """Inputs, positions, document numbers, targets and which targets count: [B, S] each."""
    length = case.sequence_length
    windows = np.arange(first_window, first_window + case.batch_size)[:, None]
    at = windows * length + np.arange(length)
    document = data.document[at]
    # A token's position: how far it is from where its document, or its window, starts.
    start = np.maximum(data.starts[document], windows * length)
    same_document = data.document[at + 1] == document
    counts = same_document & (data.counted[at + 1] != 0)
    arrays = data.tokens[at], at - start, document, data.tokens[at + 1], counts
    return [torch.from_numpy(array) for array in arrays]


def summed_loss(case, model, inputs, positions, document, targets, counts):
    extra = {}
    if case.documents:
        length = case.sequence_length
        causal = torch.ones(length, length, dtype=torch.bool).tril()
        visible = causal & (document[:, :, None] == document[:, None, :])
        mask = torch.zeros(visible.shape, dtype=model.dtype)
        mask.masked_fill_(~visible, torch.finfo(model.dtype).min)
        extra = dict(attention_mask=mask[:, None], position_ids=positions)
    logits = model(input_ids=inputs, use_cache=False, **extra).logits
    targets = targets.masked_fill(~counts, -100)
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")


def train(case, model, data):
    """Five steps. Returns what each step showed, by name."""
    optimizer = optimizer_for(case, model)
    schedule = schedule_for(case, optimizer)
    shown = {"loss": [], "grad_norm": [], "lr": [], "counted_targets": []}
    for step in range(STEPS):
        first = step * case.windows_per_step
        batches = [
            micro_batch(case, data, first + micro * case.batch_size)
            for micro in range(case.accumulate)
        ]
        total = sum(int(batch[-1].sum()) for batch in batches)
        loss = 0.0
        for batch in batches:
            part = summed_loss(case, model, *batch) / total
            part.backward()
            loss += part.item()
        norm = nn.utils.clip_grad_norm_(model.parameters(), case.grad_clip or float("inf"))
        shown["loss"].append(loss)
        shown["grad_norm"].append(norm.item())
        shown["lr"].append(schedule.get_last_lr()[0])
        shown["counted_targets"].append(total)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return shown


def optimizer_for(case, model):
    decayed = [p for p in model.parameters() if case.decay == "all" or p.dim() >= 2]
    rest = [p for p in model.parameters() if case.decay != "all" and p.dim() < 2]
    groups = [
        {"params": decayed, "weight_decay": case.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=case.lr,
        betas=(case.beta1, case.beta2),
        eps=case.eps,
    )


def schedule_for(case, optimizer):
    if case.schedule == "cosine":
        return transformers.get_cosine_schedule_with_warmup(optimizer, case.warmup, STEPS)
    if case.schedule == "linear":
        return transformers.get_linear_schedule_with_warmup(optimizer, case.warmup, STEPS)
    return transformers.get_constant_schedule_with_warmup(optimizer, case.warmup)


def load(folder, dtype):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager"
    ).eval()  # no dropout
    if dtype == torch.float64:
        for module in model.modules():
            compute_in_float64(module)
    return model


def compute_in_float64(module):
    """RMS norms and rotary embeddings of transformers go down to float32 whatever the weights."""
    if hasattr(module, "variance_epsilon"):

        def rms_norm(x):
            mean_square = x.square().mean(-1, keepdim=True)
            return module.weight * x * (mean_square + module.variance_epsilon).rsqrt()

        module.forward = rms_norm
    if hasattr(module, "inv_freq"):

        def rotary(x, position_ids):
            angles = position_ids[:, :, None].double() * module.inv_freq.double()
            angles = torch.cat((angles, angles), dim=-1)
            return angles.cos(), angles.sin()

        module.forward = rotary


def trained_weights(case, model):
    """The weights under the names of the checkpoint."""
    prefix = "transformer." if case.hub_gpt2_names else ""
    return {
        name.removeprefix(prefix): weight.detach().clone().contiguous()
        for name, weight in model.named_parameters()  # a tied head is named once, as the embedding
    }


def noise_of(case, folder, data, exact, weights):
    """What float32 itself costs: the same run in float64, compared."""
    model = load(folder, torch.float64)
    shown = train(case, model, data)
    true_weights = trained_weights(case, model)
    errors = {name: (weights[name] - w).norm().item() for name, w in true_weights.items()}
    norms = {name: w.norm().item() for name, w in true_weights.items()}
    worst = max(errors, key=lambda name: errors[name] / norms[name])
    return {
        "loss": shown["loss"],
        "grad_norm": shown["grad_norm"],
        "loss_relative_error": relative_error(exact["loss"], shown["loss"]),
        "grad_norm_relative_error": relative_error(exact["grad_norm"], shown["grad_norm"]),
        "weights_relative_l2": float(
            np.linalg.norm(list(errors.values())) / np.linalg.norm(list(norms.values()))
        ),
        "worst_tensor": worst,
        "worst_tensor_relative_l2": errors[worst] / norms[worst],
    }


def relative_error(values, references):
    return max(abs(v - r) / abs(r) for v, r in zip(values, references))


def write_case(case, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    checkpoint = folder / "checkpoint"
    write_checkpoint(case, checkpoint)
    data = make_data(case)
    write_data(case, data, folder)
    model = load(checkpoint, torch.float32)
    expected = train(case, model, data)
    weights = trained_weights(case, model)
    safetensors.torch.save_file(weights, folder / "final.safetensors", metadata={"format": "pt"})
    float64 = noise_of(case, checkpoint, data, expected, weights)
    content = {
        "name": case.name,
        "options": case.options(),
        "expected": expected,
        "float64": float64,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }
    (folder / "case.json").write_text(json.dumps(content, indent=2) + "\n")
    print(
        f"{case.name}: loss {expected['loss'][0]:.4f} -> {expected['loss'][-1]:.4f}, noise: loss"
        f" {float64['loss_relative_error']:.1e}, weights {float64['weights_relative_l2']:.1e},"
        f" {float64['worst_tensor']} {float64['worst_tensor_relative_l2']:.1e}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="write only the cases whose name contains this")
    parser.add_argument("--output", type=pathlib.Path, default=GOLDEN)
    options = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    for case in CASES:
        if options.only is None or options.only in case.name:
            write_case(case, options.output / case.name)


if __name__ == "__main__":
    main()
